import MillraceCore
import MillraceStore
import MillraceSync
import MillraceTesting
import MillraceValues
import Testing

extension TestSite {
    /// A resync of that window by the present mappings.
    func resync(
        from: Instant, to: Instant, equipment: Set<String> = [], orders: Set<String> = [], shift: String? = nil,
        preview: Bool = false
    ) throws -> ResyncReport {
        let resync = Resync(plant: try plant, world: try world(store), store: store, who: "anna")
        return try resync.run(
            ResyncScope(equipment: equipment, orders: orders, shift: shift, from: from, to: to), reason: "a test",
            isPreview: preview)
    }
}

/// A press that makes 2 pieces in each of so many minutes from an instant on, with its order.
func minutes(
    _ count: Int, from start: Instant, first: Int = 0, perMinute: Int = 2, order: (Int) -> String = { _ in "4711" },
    program: ((Int) -> String)? = nil
) -> [TestSite.Row] {
    (0..<count).map { minute in
        var fields = ["parts": "\((first + minute * perMinute) % 65_536)", "order": order(minute)]
        if let program { fields["program"] = program(minute) }
        return TestSite.Row(start + .seconds(minute * 60 + 30), fields)
    }
}
