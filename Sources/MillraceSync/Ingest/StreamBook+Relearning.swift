import MillraceCore
import MillraceMapping
import MillraceValues

extension StreamBook {
    /// Carries of every stream what the present text would carry, worked out from the kept readings: a signal that is taken from
    /// elsewhere now is another counter or state, and its next reading goes on from that one's own last (RULES R18, R6).
    ///
    /// - Shape: `through` is up to when slices were told; what those hold stays as the text before told it. A signal that no kept reading
    ///   of the last `lateness` before it says begins as one that was never read.
    /// - Effects: the states go into the step with the page that is worked on next.
    mutating func relearn(
        _ signals: Set<String>, through: Instant, now: Instant, into step: inout IngestStep
    ) throws {
        if engine.isAdditive { return }
        let again = WindowRework(
            connector: connector, mapping: mapping, store: store, engine: engine, limits: limits,
            timelines: timelines)
        var begins: [String: WindowRework<Engine>.Begin] = [:]
        for equipment in try store.equipment(of: connector, mapping: mapping.name) {
            let id = StreamID(connector: connector, mapping: mapping.name, equipment: equipment)
            var begin =
                try again.begin(of: id, start: through)
                ?? .init(state: engine.newState(equipment: equipment), at: .distantPast)
            engine.forget(signals, in: &begin.state)
            begins[equipment] = begin
        }
        let told = try again.told(begins, otherwise: nil, end: max(now, through), watermark: through)
        for (equipment, result) in told {
            guard let state = result.state else { continue }
            let index = try open(equipment, &step)
            streams[index].state = state
            streams[index].isTouched = true
        }
    }
}
