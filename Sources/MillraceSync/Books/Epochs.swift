import MillraceCore
import MillraceFacts
import MillraceMapping
import MillraceValues

/// Keeps from when on each document mapping's text holds (RULES R18) and the texts that the books rest on.
struct Epochs {
    let plant: Plant
    let store: any SumStore
    /// Compiles a kept text.
    let compile: @Sendable (MappingText) throws -> DocumentMapping?

    /// Records new and edited mappings, and gives the texts in force over time.
    ///
    /// - Effects: commits only where a mapping is new or its structure changed. Adds a sentence for each to `notices`.
    func timelines(
        texts: [MappingText], isFirstRun: Bool, now: Instant, notices: inout [String]
    ) throws -> [Timeline] {
        var known: [MappingName: [MappingEpoch]] = [:]
        for epoch in try store.epochs() { known[epoch.mapping, default: []].append(epoch) }
        var begun: [MappingEpoch] = []
        for mapping in plant.documentMappings {
            let plan = mapping.plan
            if plant.takenOut.contains(mapping.name) {
                if let end = end(of: mapping, after: known[mapping.name]?.last, now: now) {
                    begun.append(end)
                    notices.append(
                        "mapping '\(mapping.name)' was taken out and ends at \(end.begins.iso8601); what began before is "
                            + "still made and corrected by its last text")
                }
                continue
            }
            let latest = known[mapping.name]?.last
            if latest?.structure == plan.structure { continue }
            let begins = begins(mapping, after: latest, isFirstRun: isFirstRun, now: now)
            begun.append(
                MappingEpoch(
                    mapping: mapping.name, structure: plan.structure, version: mapping.version, begins: begins))
            if latest != nil || !isFirstRun {
                notices.append(
                    "mapping '\(mapping.name)' holds from \(begins.iso8601) on; what began before stays with the text before"
                )
            }
        }
        let unkept = try texts.filter { try store.text(of: $0.mapping, version: $0.version) == nil }
        if !begun.isEmpty || !unkept.isEmpty { try store.begin(begun, texts: unkept, now: now) }
        for epoch in begun { known[epoch.mapping, default: []].append(epoch) }
        return try plant.documentMappings.map { try timeline(of: $0, known[$0.name] ?? []) }
    }

    /// The texts of one mapping over time.
    func timeline(of mapping: DocumentMapping, _ epochs: [MappingEpoch]) throws -> Timeline {
        let plans = try epochs.compactMap { epoch -> (begins: Instant, plan: SumPlan?)? in
            if epoch.isEnd { return (epoch.begins, nil) }
            guard let plan = try plan(of: epoch, current: mapping) else { return nil }
            return (epoch.begins, plan)
        }
        return Timeline(kind: mapping.plan.kind, plans: plans.sorted { $0.begins < $1.begins })
    }

    /// The end of a mapping that was taken out: its next border, so that every window that began is whole; nil where it ended before.
    ///
    /// A stop belongs to it that began before now.
    private func end(of mapping: DocumentMapping, after latest: MappingEpoch?, now: Instant) -> MappingEpoch? {
        guard let latest, !latest.isEnd else { return nil }
        let last = max(now, latest.begins)
        let begins =
            mapping.plan.kind == .downtime
            ? last : WindowMath(calendar: plant.calendar).nextBorder(of: mapping.plan.window, after: last)
        return MappingEpoch(mapping: mapping.name, structure: MappingEpoch.ended, version: "", begins: begins)
    }

    /// A site's first texts hold from the beginning; an edit at the first border of both texts, a new mapping at its
    /// next border.
    private func begins(
        _ mapping: DocumentMapping, after latest: MappingEpoch?, isFirstRun: Bool, now: Instant
    ) -> Instant {
        if isFirstRun { return .distantPast }
        let isAbsolute = if case .absolute = plant.contract(of: mapping.plan.request)?.quantity { true } else { false }
        if latest == nil, isAbsolute { return .distantPast }
        if mapping.plan.kind == .downtime { return now }
        let math = WindowMath(calendar: plant.calendar)
        var border = math.nextBorder(of: mapping.plan.window, after: now)
        let former = latest.flatMap { try? plan(of: $0, current: mapping) }  // try?: no text, no borders
        guard let old = former else { return border }
        // Both rhythms meet at the latest at a production day's start; a year of borders is no search worth more.
        for _ in 0..<10_000 {
            let before = border - .microseconds(1)
            let common = math.nextBorder(of: old.window, after: before)
            if common == border { return border }
            border = math.nextBorder(of: mapping.plan.window, after: common - .microseconds(1))
        }
        return border
    }

    func plan(of epoch: MappingEpoch, current: DocumentMapping) throws -> SumPlan? {
        if epoch.structure == current.plan.structure { return current.plan }
        return try store.text(of: epoch.mapping, version: epoch.version).flatMap { try compile($0)?.plan }
    }
}
