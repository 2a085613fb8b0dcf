import SystemSupport
import Testing

/// How many processors this process may use.
@Suite struct ProcessorTests {
    private func quota(_ groups: String, _ files: [String: String]) -> Int? {
        Processors.quota(groups: groups) { files[$0] }
    }

    @Test func thereIsAlwaysOne() throws {
        #expect(Processors.count >= 1)
        #expect(try (1...64).contains(Processors.workers()))
    }

    @Test func whereTheProcessMayRunIsCounted() {
        #expect(
            Processors.affinity(status: "Name:\tx\nCpus_allowed:\tf,00000003\nThreads:\t1\n") == 6)
        #expect(Processors.affinity(status: "Cpus_allowed:\t0\n") == nil)
        #expect(Processors.affinity(status: "Name:\tx\n") == nil)
    }

    @Test func theSmallestQuotaOfAllGroupsAboveCounts() {
        let files = [
            "/sys/fs/cgroup/a/b/cpu.max": "400000 100000\n",
            "/sys/fs/cgroup/a/cpu.max": "150000 100000\n",
            "/sys/fs/cgroup/cpu.max": "max 100000\n",
        ]
        #expect(quota("0::/a/b\n", files) == 2)
        #expect(quota("0::/other\n", files) == nil)
    }

    @Test func aGroupOutsideOfTheMountIsTheMount() {
        let files = ["/sys/fs/cgroup/cpu.max": "300000 100000\n"]
        #expect(quota("0::/docker/0123\n", files) == 3)
    }

    @Test func theOldHierarchyIsRead() {
        let folder = "/sys/fs/cgroup/cpu/slice"
        let files = [
            folder + "/cpu.cfs_quota_us": "50000\n", folder + "/cpu.cfs_period_us": "100000\n",
            "/sys/fs/cgroup/cpu/cpu.cfs_quota_us": "-1\n",
            "/sys/fs/cgroup/cpu/cpu.cfs_period_us": "100000\n",
        ]
        #expect(quota("11:memory:/x\n4:cpu,cpuacct:/slice\n", files) == 1)
        #expect(quota("4:cpuset:/slice\n", files) == nil)
    }

    @Test(arguments: ["", "max", "0 100000", "-1 100000", "x y", "1e300 1", "100000 0"])
    func whatIsNoQuotaLimitsNothing(text: String) {
        #expect(quota("0::/\n", ["/sys/fs/cgroup/cpu.max": text]) == nil)
    }
}
