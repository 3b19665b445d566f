public import MillraceCore
public import MillraceValues
import MillraceYAML

/// A mapping from readings to samples, compiled, with the plan for deriving facts from them.
public struct ReadingMapping: Sendable {
    /// Its name.
    public let name: MappingName
    /// The connectors whose readings it takes.
    public let connectors: [ConnectorID]
    /// The SHA-256 of its text and its tables' texts, as hexadecimal digits (RULES R18).
    public let version: String
    /// How facts are derived from the samples.
    public let plan: DerivationPlan
    /// Its tests, as nouns; who runs them derives facts.
    public let tests: [MappingTest]
    /// The fields of a fact that it ever sets, besides equipment, shift and production day (RULES R10).
    public let sets: Set<PerField>
    /// The code of each quantity's unit; a quantity without one is in pieces.
    public let units: [CountedQuantity: String]
    /// The file as the caller named it.
    public let file: String

    let extractor: SampleExtractor
    /// What is counted from where, in words; equal words of two mappings mean the same count twice (RULES R9).
    let countingSources: [String]
    let hasWhere: Bool
    let nameMark: SourceMark
    let connectorMarks: [MarkedText]
    /// The timelines of orders that it asks, with where they are named.
    let timelineMarks: [MarkedText]
    /// The mapping with a test's tables.
    let recompiled: @Sendable (TableOverrides) -> ParsedMapping

    /// The kind of fact it makes; nil for a timeline of orders.
    public var kind: FactKind? { plan.kind }

    /// Whether its readings are stamped by the machines themselves: of intervals and orders that an MES writes nobody knows.
    public var readsMachines: Bool {
        switch plan {
        case .counts, .states: true
        case .intervals, .timeline: false
        }
    }

    /// Whether it says which orders run, for others to look up.
    public var makesTimeline: Bool { if case .timeline = plan { true } else { false } }

    /// Turns readings into samples.
    ///
    /// - Shape: rows that `where` leaves out, or that set no signal of ours, make no sample; rows that cannot be used go to
    ///   `rejected`, each with its field and a sentence. Samples stand in the order of the rows.
    ///   A column that the batch cannot have goes there too, once, at the head of its source.
    ///   With `changesSince` a text that an equipment's row says as its row before did, from that instant on, is unchanged: cheaper,
    ///   and the same for whoever works these samples off in the order of time without putting others between them.
    ///   The batch's equipment is all that the table holds: what was met in earlier batches keeps its number.
    /// - Effects: `state` goes on from batch to batch of one connector and is kept with its cursor; `equipment` goes on in one pull.
    public func samples(
        from batch: ReadingBatch, changesSince: Instant? = nil, equipment: inout EquipmentTable,
        state: inout ReadingMappingState, rejected: inout [SetAside]
    ) -> SampleBatch {
        extractor.reportColumns(missingFrom: batch, to: name, state: &state, rejected: &rejected)
        return extractor.samples(
            from: batch, changesSince: isInOrder ? changesSince : nil, table: &equipment, state: &state,
            rejected: &rejected)
    }

    /// The samples of a batch by itself, whose equipment is what its own rows name.
    public func samples(
        from batch: ReadingBatch, state: inout ReadingMappingState, rejected: inout [SetAside]
    ) -> SampleBatch {
        var equipment = EquipmentTable()
        return samples(from: batch, equipment: &equipment, state: &state, rejected: &rejected)
    }

    /// Notes in the state that this text goes on from it.
    ///
    /// - Shape: the signals that the text before took from elsewhere, or did not know: nothing that was carried of them holds.
    public func goesOn(from state: inout ReadingMappingState) -> Set<String> { state.meet(extractor.origins) }

    /// Whether samples of one equipment are worked off in the order of time.
    private var isInOrder: Bool {
        switch plan {
        case .counts(let plan): plan.hasCounters && plan.sameWhen.isEmpty
        case .states: true
        case .intervals, .timeline: false
        }
    }

    /// The mapping with the tables that a test gives; itself where it gives none.
    public func using(_ test: MappingTest) -> ReadingMapping {
        do throws(TestTables) { return try holding(test) } catch { return self }
    }

    /// The mapping with the tables that a test gives; itself where it gives none.
    ///
    /// - Throws: why these tables cannot be used.
    public func holding(_ test: MappingTest) throws(TestTables) -> ReadingMapping {
        if test.tables.isEmpty { return self }
        let parsed = recompiled(test.tables)
        guard case .reading(let mapping)? = parsed.mapping else { throw TestTables(parsed) }
        return mapping
    }

    /// The samples of a test's rows. Call it on `using(test)`.
    ///
    /// - Shape: with `from.signals`, a row names signals, `device` and `time`; else it names columns.
    public func samples(of test: MappingTest, rejected: inout [SetAside]) -> SampleBatch {
        samples(of: test.given, rejected: &rejected)
    }

    /// The samples of rows as a test gives them, one after the other; their positions are their places in the list.
    public func samples(of given: [ValueObject], rejected: inout [SetAside]) -> SampleBatch {
        var batch = ReadingBatch(source: "test", names: [])
        for (index, row) in given.enumerated() {
            for name in row.keys { _ = batch.field(named: name) }
            batch.spans += Array(repeating: FieldSpan.absent, count: batch.names.count)
            batch.positions.append(Int64(index))
            let base = index * batch.names.count
            for (key, value) in row {
                guard let text = value.plainText, let field = batch.names.firstIndex(of: key) else { continue }
                batch.spans[base + field] = FieldSpan(
                    start: UInt32(clamping: batch.bytes.count), length: UInt32(clamping: text.utf8.count))
                batch.bytes += Array(text.utf8)
            }
        }
        var (state, table) = (ReadingMappingState(), EquipmentTable())
        return extractor.forTests.samples(
            from: batch, changesSince: nil, table: &table, state: &state, rejected: &rejected)
    }
}
