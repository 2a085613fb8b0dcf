import NIOCore

/// Closes a connection of which nothing that is written arrives: its bytes would be kept for ever. One that waits
/// for the server, or for which nothing is to be written, is not its concern.
final class StallGuard: ChannelOutboundHandler, RemovableChannelHandler {
    typealias OutboundIn = Any
    typealias OutboundOut = Any

    /// How long one piece may take, at most 64 KiB.
    private static let limit = TimeAmount.seconds(120)

    private var underWay = 0
    private var check: Scheduled<Void>?

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        let promise = promise ?? context.eventLoop.makePromise(of: Void.self)
        underWay += 1
        if check == nil { watch(context) }
        let guarded = NIOLoopBound(self, eventLoop: context.eventLoop)
        let bound = NIOLoopBound(context, eventLoop: context.eventLoop)
        promise.futureResult.whenComplete { _ in guarded.value.done(bound.value) }
        context.write(data, promise: promise)
    }

    private func done(_ context: ChannelHandlerContext) {
        underWay -= 1
        check?.cancel()
        check = nil
        if underWay > 0 { watch(context) }
    }

    private func watch(_ context: ChannelHandlerContext) {
        let bound = NIOLoopBound(context, eventLoop: context.eventLoop)
        check = context.eventLoop.scheduleTask(in: Self.limit) {
            bound.value.close(promise: nil)
        }
    }
}
