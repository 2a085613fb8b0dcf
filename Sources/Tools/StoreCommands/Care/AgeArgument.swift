import ArgumentParser

/// A span of time as people write it: `14d`, `12h`, `2w`.
struct AgeArgument: ExpressibleByArgument, Hashable, Sendable {
    let seconds: Int64

    init?(argument: String) {
        let units: [Character: Int64] = ["s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 604_800]
        guard let last = argument.last, let unit = units[last],
            let number = Int64(argument.dropLast()), number >= 0
        else { return nil }
        let (product, overflow) = number.multipliedReportingOverflow(by: unit)
        if overflow { return nil }
        seconds = product
    }
}
