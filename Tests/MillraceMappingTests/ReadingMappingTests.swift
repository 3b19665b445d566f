import MillraceCore
import MillraceMapping
import MillraceTesting
import MillraceValues
import MillraceYAML
import Testing

@Suite("Reading mappings: rows")
struct RowReadingTests {
    static let packing = """
        mapping: packing
        from: {connector: packing}
        to: {fact: production-count}
        where: Typ = "Gut"
        same-when: [Ticket]
        fields:
          equipment: {value: PACK-01}
          time:      {from: Zeit, type: time, format: "dd.MM.yyyy HH:mm:ss", zone: site, doubled-hour: by-order}
          order:     {from: Auftrag, type: string, trim: true}
          operation: {value: "0020"}
          good:      {increment: Menge, decimal-comma: true, unit: EA}
        """
    static let columns = ["Typ", "Ticket", "Zeit", "Auftrag", "Menge"]

    /// A counter with an order, read row by row.
    static let press = """
        mapping: press-counts
        from: {connector: press}
        to: {fact: production-count}
        fields:
          equipment: machine
          time:      {from: at, type: time}
          order:     {from: order, type: string}
          operation: {value: none}
          good:      {counter: parts, first: baseline}
        """

    private func updates(_ rows: [[String?]], changesSince: Instant?) throws -> [SignalUpdate] {
        let mapping = try TestSite().reading(Self.press)
        var (state, rejected, equipment) = (ReadingMappingState(), [SetAside](), EquipmentTable())
        return mapping.samples(
            from: .rows(["machine", "at", "order", "parts"], rows), changesSince: changesSince, equipment: &equipment,
            state: &state, rejected: &rejected
        ).updates
    }

    @Test func `equipment keeps its number from batch to batch`() throws {
        let mapping = try TestSite().reading(Self.press)
        var (state, rejected, equipment) = (ReadingMappingState(), [SetAside](), EquipmentTable())
        func samples(_ machines: [String]) -> SampleBatch {
            mapping.samples(
                from: .rows(
                    ["machine", "at", "order", "parts"], machines.map { [$0, "2026-03-02T06:00:00Z", "4711", "1"] }),
                equipment: &equipment, state: &state, rejected: &rejected)
        }

        let first = samples(["P2", "P1", "P2"])
        let second = samples(["P3", "P1", "P2", "P1"])
        let third = samples([])

        #expect(first.equipment == ["P2", "P1"])
        #expect(first.samples.map(\.equipment) == [0, 1, 0])
        #expect(second.equipment == ["P2", "P1", "P3"])
        #expect(second.samples.map(\.equipment) == [2, 1, 0, 1])
        #expect(third.equipment == second.equipment)
        #expect(rejected.isEmpty)
    }

    @Test func `what an equipment says again is unchanged where only changes are asked for, but never a counter`()
        throws
    {
        let rows = [
            ["P1", "2026-03-02T06:00:00Z", "4711", "5"], ["P2", "2026-03-02T06:00:00Z", "4711", "5"],
            ["P1", "2026-03-02T06:01:00Z", "4711", "5"], ["P2", "2026-03-02T06:01:00Z", "", "6"],
            ["P1", "2026-03-02T06:02:00Z", "4712", "7"],
        ]

        #expect(
            try updates(rows, changesSince: .distantPast) == [
                .value("4711"), .value(5), .value("4711"), .value(5), .unchanged, .value(5), .nothing, .value(6),
                .value("4712"), .value(7),
            ])
        #expect(try !updates(rows, changesSince: nil).contains(.unchanged))
    }

    @Test func `R4: rows that go back in time, or come too late to be used, say all they say`() throws {
        let back = [
            ["P1", "2026-03-02T06:01:00Z", "4711", "5"], ["P1", "2026-03-02T06:00:00Z", "4711", "4"],
            ["P1", "2026-03-02T06:02:00Z", "4711", "6"],
        ]
        let late = [["P1", "2026-03-02T05:00:00Z", "4711", "5"], ["P1", "2026-03-02T06:00:00Z", "4711", "6"]]

        #expect(try !updates(back, changesSince: .distantPast).contains(.unchanged))
        #expect(
            try !updates(late, changesSince: Instant(iso8601: "2026-03-02T05:30:00Z")).contains(.unchanged))
    }

    @Test func `columns become signals, and where leaves rows out`() throws {
        let mapping = try TestSite().reading(Self.packing)
        let batch = ReadingBatch.rows(
            Self.columns,
            [
                ["Gut", "T1", "02.03.2026 07:00:00", "4711", "12,5"], ["Ausschuss", "T2", "unreadable", "4711", "3"],
                ["Gut", "T3", "02.03.2026 07:01:00", "", "1"],
            ])
        var (state, rejected) = (ReadingMappingState(), [SetAside]())

        let samples = mapping.samples(from: batch, state: &state, rejected: &rejected)

        #expect(rejected.isEmpty)
        #expect(samples.equipment == ["PACK-01"])
        #expect(samples.samples.map(\.instant.iso8601) == ["2026-03-02T06:00:00Z", "2026-03-02T06:01:00Z"])
        #expect(samples.samples.map(\.position) == [0, 200])
        #expect(samples.samples.map(\.row) == [0, 1])
        guard case .counts(let plan) = mapping.plan else { return }
        #expect(plan.slots == ["Auftrag", "Menge", "Ticket"])
        #expect(
            samples.updates == [
                .value("4711"), .value(.number(ExactDecimal(coefficient: 125, exponent: -1) ?? .zero)), .value("T1"),
                .nothing, .value(1), .value("T3"),
            ])
        #expect(plan.sameWhen == [2])
        #expect(plan.attributionSlots == [true, false, false])
        #expect(mapping.units == [.good: "EA"])
    }

    @Test(
        arguments: [
            (["Gut", "T1", nil, "4711", "1"], "Zeit", "the row has no time in 'Zeit'"),
            (
                ["Gut", "T1", "2026-03-02", "4711", "1"], "Zeit",
                "'2026-03-02' in 'Zeit' is no time of the form dd.MM.yyyy HH:mm:ss"
            ),
            (["Gut", "T1", "02.03.2026 07:00:00", "4711", "12 St"], "Menge", "'12 St' in 'Menge' is no number"),
            (["Gut", "T1", "02.03.2026 07:00:00", "4711", ""], "Menge", "the row has no amount in 'Menge'"),
            (
                ["Gut", "T1", "29.03.2026 02:30:00", "4711", "1"], "Zeit",
                "the local time 2026-03-29T02:30:00 does not exist in Europe/Berlin, where the clock was put forward at 2026-03-29T01:00:00Z; check the zone"
            ),
        ] as [([String?], String, String)])
    func `a row that cannot be used is set aside with its field and a sentence`(
        row: [String?], field: String, sentence: String
    ) throws {
        let mapping = try TestSite().reading(Self.packing)
        var (state, rejected) = (ReadingMappingState(), [SetAside]())

        let samples = mapping.samples(from: .rows(Self.columns, [row]), state: &state, rejected: &rejected)

        #expect(samples.samples.isEmpty)
        #expect(samples.updates.isEmpty)
        #expect(rejected.map(\.field) == [field])
        #expect(rejected.map(\.sentence) == [sentence])
        #expect(rejected.first?.reason == .unusable)
        #expect(rejected.first?.content.isEmpty == false)
    }

    @Test func `R5: the doubled hour goes by place in the file, also over batches and a kept state`() throws {
        let mapping = try TestSite().reading(Self.packing)
        let times = ["25.10.2026 02:10:00", "25.10.2026 02:50:00", "25.10.2026 02:05:00", "25.10.2026 02:55:00"]
        var (state, rejected) = (ReadingMappingState(), [SetAside]())
        var instants: [String] = []

        for time in times {
            let batch = ReadingBatch.rows(Self.columns, [["Gut", "T", time, "4711", "1"]])
            instants += mapping.samples(from: batch, state: &state, rejected: &rejected).samples.map(\.instant.iso8601)
            state = ReadingMappingState(state.value)
        }

        #expect(
            instants == [
                "2026-10-25T00:10:00Z", "2026-10-25T00:50:00Z", "2026-10-25T01:05:00Z", "2026-10-25T01:55:00Z",
            ])
    }

    @Test func `a date and a time in two columns are one time`() throws {
        let text = Self.packing.replacing("from: Zeit,", with: "from: [Datum, Uhrzeit],")
        let batch = ReadingBatch.rows(
            ["Typ", "Ticket", "Datum", "Uhrzeit", "Auftrag", "Menge"],
            [["Gut", "T", "02.03.2026", "07:00:00", "1", "1"]])
        var (state, rejected) = (ReadingMappingState(), [SetAside]())

        let samples = try TestSite().reading(text).samples(from: batch, state: &state, rejected: &rejected)

        #expect(samples.samples.map(\.instant.iso8601) == ["2026-03-02T06:00:00Z"])
    }
}

@Suite("Reading mappings: an agent's data items")
struct AgentReadingTests {
    static let press = """
        mapping: press
        from:
          connector: press-line
          signals:
            parts:     {type: PART_COUNT, subType: GOOD}
            program:   {type: PROGRAM}
            available: {type: AVAILABILITY}
        to: {fact: production-count}
        tables:
          jobs: {file: ../tables/jobs.csv, key: [device, program], valid-from: since}
        lookup:
          job: {table: jobs, by: [device, program], at: time, missing: hold}
        fields:
          equipment: device
          order:     job.order
          operation: job.operation
          good: {counter: parts, modulus: 65536, max-rate: 40/min}
        count-when: available = "AVAILABLE"
        """
    static let columns = ["device", "dataItem", "type", "subType", "value"]

    private func batch(_ rows: [[String?]]) -> ReadingBatch {
        var batch = ReadingBatch.rows(Self.columns, rows, source: "agent#1")
        batch.instants = rows.indices.map { Instant(seconds: 1_772_431_200 + Int64($0)) }
        return batch
    }

    @Test func `data items become signals of their device, others are passed over`() throws {
        let mapping = try TestSite().reading(Self.press)
        guard case .counts(let plan) = mapping.plan else { return }
        var input = batch([
            ["P1", "d1", "PART_COUNT", "GOOD", "10"], ["P1", "d9", "SPINDLE_SPEED", nil, "900"],
            ["P2", "e1", "PROGRAM", nil, "O1"], ["P1", "d2", "PROGRAM", nil, "UNAVAILABLE"],
            ["P1", "d3", "AVAILABILITY", nil, "UNAVAILABLE"], ["P1", "d1", "PART_COUNT", "GOOD", "UNAVAILABLE"],
        ])
        input.resets = [0]
        var (state, rejected) = (ReadingMappingState(), [SetAside]())

        let samples = mapping.samples(from: input, state: &state, rejected: &rejected)

        #expect(rejected.isEmpty)
        #expect(Set(plan.slots) == ["device", "program", "available", "parts"])
        #expect(samples.equipment == ["P1", "P2"])
        #expect(samples.samples.map(\.equipment) == [0, 1, 0, 0, 0])
        #expect(samples.samples.map(\.setsCounter) == [true, false, false, false, false])
        #expect(samples.samples.map(\.isReset) == [true, false, false, false, false])
        func update(_ row: Int, _ name: String) -> SignalUpdate? {
            plan.slots.firstIndex(of: name).map { samples.updates[row * samples.slots + $0] }
        }
        #expect(update(0, "parts") == .value(10))
        #expect(update(0, "program") == .unchanged)
        #expect(update(0, "device") == .value("P1"))
        #expect(update(2, "program") == .nothing)
        #expect(update(3, "available") == .value("UNAVAILABLE"))
        #expect(update(4, "parts") == .nothing)
    }

    @Test func `a second data item of one device for the same signal is set aside, also in a later batch`() throws {
        let mapping = try TestSite().reading(Self.press)
        var (state, rejected) = (ReadingMappingState(), [SetAside]())

        _ = mapping.samples(from: batch([["P1", "d1", "PROGRAM", nil, "A"]]), state: &state, rejected: &rejected)
        state = ReadingMappingState(state.value)
        let samples = mapping.samples(
            from: batch([["P1", "d2", "PROGRAM", nil, "B"], ["P1", "d1", "PROGRAM", nil, "C"]]), state: &state,
            rejected: &rejected)

        #expect(samples.samples.count == 1)
        #expect(rejected.map(\.reason) == [.shadowed])
        #expect(
            rejected.map(\.sentence) == [
                "data item 'd2' of 'P1' matches signal 'program' that 'd1' gives already; name the one that is meant by {dataItem: …}"
            ])
    }

    @Test func `R7: an order without a row waits, and the frame says until when the attribution holds`() throws {
        let mapping = try TestSite().reading(Self.press)
        guard case .counts(let plan) = mapping.plan else { return }
        func frame(_ program: Value?, at text: String) throws -> SignalFrame {
            let values = plan.slots.map { $0 == "device" ? Value.string("P1") : $0 == "program" ? program : nil }
            return SignalFrame(values: values, instant: try #require(Instant(iso8601: text)), equipment: "P1")
        }

        #expect(plan.order(try frame("O4711", at: "2026-03-02T00:00:00Z")) == .value("4711"))
        #expect(
            plan.order(try frame("O9", at: "2026-03-02T00:00:00Z")) == .waiting("table 'jobs' has no row for P1, O9"))
        #expect(
            plan.order(try frame(nil, at: "2026-03-02T00:00:00Z"))
                == .waiting("look-up 'job' has no key yet: a signal has no value"))
        let before = try frame("O4711", at: "2026-02-01T00:00:00Z")
        #expect(plan.order(before) == .waiting("table 'jobs' has no row for P1, O4711"))
        #expect(plan.holdsUntil(before) == Instant(iso8601: "2026-03-01T00:00:00Z"))
        #expect(plan.holdsUntil(try frame("O4711", at: "2026-03-02T00:00:00Z")) == .distantFuture)
        #expect(plan.countWhen?(before) == false)
    }

    @Test(
        arguments: [
            (
                "  operation: job.operation\n", "",
                "MR015 a mapping to production-count sets 'operation'; where there is none, say so: operation: {value: none}"
            ),
            (
                "count-when:", "where:",
                "MR016 'where' would tear holes into a counter; take a machine's rows as a signal by 'from.signals', or drop pieces by 'count-when', which is asked after the delta"
            ),
            ("counter: parts", "counter: part", "MR013 there is no signal 'part'; did you mean 'parts'?"),
            ("job.order", "job.ordr", "MR013 table 'jobs' has no column 'ordr'; did you mean 'order'?"),
            (
                "{counter: parts,", "{value: parts,",
                "MR010 field 'good' needs 'counter', 'increment' or 'expr', not 'value'"
            ),
            (
                "tables/jobs.csv", "tables/job.csv",
                "MR014 the table's file tables/job.csv cannot be read: there is no such file"
            ),
            (
                "at: time, missing: hold", "at: time, missing: park",
                "MR007 'missing' is one of hold, none or {value: …}, not 'park'"
            ),
        ])
    func `a fault has its code and sentence`(from: String, to: String, expected: String) throws {
        let parsed = try TestSite().parse(Self.press.replacing(from, with: to))

        #expect(parsed.diagnostics.map { "\($0.code.rawValue) \($0.sentence)" } == [expected])
        #expect(parsed.mapping == nil)
    }

    @Test func `R18: the version changes with the text and with a table's text`() throws {
        var site = try TestSite()
        let first = try site.reading(Self.press).version
        site.tables["tables/jobs.csv", default: ""] += "P2,O1,2026-03-01T00:00:00Z,1,0010,A\n"
        let second = try site.reading(Self.press).version

        #expect(first.utf8.count == 64)
        #expect(first != second)
        #expect(first != (try TestSite().reading(Self.press + "\n")).version)
    }

    @Test func `a table's faults bear its own file, line and column`() throws {
        var site = try TestSite()
        site.tables["tables/jobs.csv"] =
            "device;program;since;order;operation\nP1;O1;yesterday;1;2\nP1;O2\nP1;\"O3;;;\n"

        let parsed = site.parse(Self.press)

        #expect(
            parsed.diagnostics.map { "\($0.file):\($0.line):\($0.column) \($0.sentence)" } == [
                "tables/jobs.csv:2:1 'yesterday' in column 'since' is no time; write it as 2026-03-02T06:00:00Z",
                "tables/jobs.csv:3:1 the row has 2 cells and the header 5; mend the row",
                "tables/jobs.csv:4:4 the quote that opens here is never closed",
            ])
    }
}
