import MillraceCore
import MillraceMapping
import MillraceValues

extension StreamBook {
    /// Takes over what this run's rows said of the equipment's orders; returns from when on the stream has to be worked on again.
    ///
    /// - Shape: an equipment that was never met has nothing to work on again.
    mutating func reorder(_ equipment: String, into step: inout IngestStep) throws -> Instant? {
        let id = StreamID(connector: connector, mapping: mapping.name, equipment: equipment)
        if !streams.contains(where: { $0.id == id }), try store.stream(id) == nil { return nil }
        let index = try open(equipment, &step)
        try followOrders(index)
        return streams[index].dirtyFrom
    }

    /// Binds a stream to the timelines as they are by now: what they say otherwise of the time that it was worked on is worked on again,
    /// what is new of the time behind it is simply asked from then on.
    mutating func followOrders(_ index: Int) throws {
        let all = timelines.changes
        let stream = streams[index]
        if stream.ordersSeen == all.count { return }
        let news = all.dropFirst(max(0, stream.ordersSeen)).filter {
            $0.equipment == stream.id.equipment && engine.timelines.contains($0.timeline)
        }
        let isFirst = stream.ordersSeen < 0
        streams[index].ordersSeen = all.count
        if !isFirst, news.isEmpty { return }
        for change in news where try hasWorked(stream, from: change.from) {
            if change.isCut, streams[index].dirtyFrom ?? change.from == change.from {
                streams[index].ordersFixedBefore = change.from
            }
            streams[index].dirtyFrom = min(streams[index].dirtyFrom ?? change.from, change.from)
            streams[index].isTouched = true
        }
        streams[index].state = try engine.bound(
            stream.state, stream.id.equipment, since: engine.newestInstant(stream.state) ?? .distantPast, timelines)
    }

    private func hasWorked(_ stream: OpenStream<Engine.State>, from instant: Instant) throws -> Bool {
        if engine.isAdditive {
            return try !store.facts(
                of: mapping.name, equipment: stream.id.equipment, since: instant.floored(to: limits.slice)
            ).isEmpty
        }
        return engine.newestInstant(stream.state).map { $0 >= instant } ?? false
    }
}
