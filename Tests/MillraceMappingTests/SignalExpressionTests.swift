import MillraceCore
import MillraceMapping
import MillraceTesting
import MillraceValues
import MillraceYAML
import Testing

@Suite("Expressions in reading mappings")
struct SignalExpressionTests {
    private static let packing = """
        mapping: packing
        from: {connector: packing}
        to: {fact: production-count}
        tables:
          boxes: {rows: [{article: A-1, pieces: "12"}, {article: B-2, pieces: "2.5"}], key: article}
        let:
          article: $uppercase($trim(Artikel))
        lookup:
          box: {table: boxes, by: $article, missing: hold}
        where: $contains(Typ, /^G/)
        fields:
          equipment: {value: PACK-01}
          time:      {from: Zeit, type: time, zone: UTC}
          order:     {expr: '$substringBefore(Auftrag, "/")', pad: {left: "0", length: 6}, type: string}
          operation: {expr: '$split(Auftrag, "/")[1]', missing: {value: "0020"}}
          material:  $article
          good:      {expr: Kisten * box.pieces, decimal-comma: true}
        """

    private let names = ["Typ", "Artikel", "Zeit", "Auftrag", "Kisten"]

    private func samples(
        _ mapping: ReadingMapping, _ rows: [[String?]]
    ) -> (samples: SampleBatch, rejected: [SetAside]) {
        var (state, rejected) = (ReadingMappingState(), [SetAside]())
        let samples = mapping.samples(from: .rows(names, rows), state: &state, rejected: &rejected)
        return (samples, rejected)
    }

    private func faults(_ text: String) throws -> [String] {
        try TestSite().parse(text).diagnostics.map { "\($0.line):\($0.column) \($0.code.rawValue) \($0.sentence)" }
    }

    /// The frame of a sample, as the engine sees it.
    private func frame(_ batch: SampleBatch, _ row: Int) -> SignalFrame {
        let base = row * batch.slots
        return SignalFrame(
            values: (0..<batch.slots).map {
                if case .value(let value) = batch.updates[base + $0] { value } else { nil }
            }, instant: batch.samples[row].instant, equipment: "PACK-01")
    }

    @Test func `an amount is calculated from its row, its look-up and values of let`() throws {
        let mapping = try TestSite().reading(Self.packing)
        guard case .counts(let plan) = mapping.plan else { return #expect(Bool(false), "counts") }

        let (batch, rejected) = samples(
            mapping,
            [
                ["Gut", " a-1 ", "2026-03-02T06:00:00Z", "4711/0010", "3"],
                ["Schlecht", "a-1", "2026-03-02T06:00:01Z", "4711/0010", "3"],
                ["Gut", "b-2", "2026-03-02T06:00:02Z", "4711", "0,2"],
            ])

        #expect(rejected.map(\.sentence) == [])
        let slot = plan.quantities[0].slot
        #expect(batch.samples.count == 2)
        #expect(frame(batch, 0).values[slot] == 36)
        let first = frame(batch, 0)
        #expect(plan.order(first) == .value("004711"))
        #expect(plan.operation(first) == .value("0010"))
        #expect(plan.material(first) == .value("A-1"))
        let second = frame(batch, 1)
        #expect(plan.operation(second) == .value("0020"))
        #expect(second.values[slot] == .number(try #require(ExactDecimal("0.5"))))
    }

    @Test func `R6: rows in any cut and order give the same amounts`() throws {
        let mapping = try TestSite().reading(Self.packing)
        let rows: [[String?]] = (0..<20).map { index in
            [
                "Gut", index % 3 == 0 ? "A-1" : "B-2", "2026-03-02T06:00:\(index < 10 ? "0" : "")\(index)Z",
                "47\(index)/0010", "\(index),1",
            ]
        }
        let whole = samples(mapping, rows)
        let single = rows.map { samples(mapping, [$0]) }
        let back = samples(mapping, rows.reversed())

        #expect(whole.samples.updates == single.flatMap(\.samples.updates))
        let width = whole.samples.slots
        let turned = (0..<rows.count).reversed().flatMap { back.samples.updates[($0 * width)..<(($0 + 1) * width)] }
        #expect(whole.samples.updates == turned)
    }

    @Test func `a row on which an expression fails is set aside with the place in the file`() throws {
        let mapping = try TestSite().reading(Self.packing)

        let (batch, rejected) = samples(
            mapping,
            [
                ["Gut", "C-3", "2026-03-02T06:00:00Z", "4711/0010", "3"],
                ["Gut", "A-1", "2026-03-02T06:00:01Z", "4711/0010", "drei"],
                [nil, "A-1", "2026-03-02T06:00:02Z", "4711/0010", "3"],
            ])

        #expect(batch.samples.isEmpty)
        #expect(
            rejected.map(\.sentence) == [
                "the row has no amount in 'expr of good'",
                #"field 'good': the left side of * must be a number, not "drei" (T2001) (mappings/test.yaml:17:21)"#,
            ])
    }

    @Test func `a condition may be any expression, and texts that are numbers count as numbers`() throws {
        let mapping = try TestSite().reading(
            """
            mapping: stops
            from: {connector: line}
            to: {fact: downtime}
            let:
              fast: speed * 2 > 100
            fields: {equipment: device, time: ts, order: {value: none}, reason: {expr: '$join(["R", code], "-")'}}
            states:
              - {when: $fast and $not(door = "OPEN"), class: producing}
              - {when: '$number(speed) < 3 or $length(mode) = 6', class: idle}
              - {otherwise: true, class: unknown}
            """)
        guard case .states(let plan) = mapping.plan else { return #expect(Bool(false), "states") }
        func state(_ values: [String: Value]) -> DowntimeClass? {
            let frame = SignalFrame(
                values: plan.slots.map { values[$0] }, instant: .distantPast, equipment: "M1")
            return plan.states.first { $0.when?(frame) ?? true }?.class
        }

        #expect(state(["speed": "60", "door": "SHUT"]) == .producing)
        #expect(state(["speed": "60", "door": "OPEN"]) == .unknown)
        #expect(state(["speed": "2"]) == .idle)
        #expect(state(["speed": "n/a", "mode": "MANUAL"]) == .unknown)
        #expect(state(["mode": "MANUAL"]) == .idle)
        #expect(
            plan.reason(
                SignalFrame(values: plan.slots.map { $0 == "code" ? "7" : nil }, instant: .distantPast, equipment: "M1")
            ) == .value("R-7"))
    }

    @Test func `count-when that fails holds the pieces, and drops none`() throws {
        let mapping = try TestSite().reading(
            """
            mapping: counts
            from: {connector: line}
            to: {fact: production-count}
            fields:
              equipment: device
              time: ts
              order: order
              operation: {value: none}
              good: {counter: parts}
            count-when: $number(mode) = 1
            """)
        guard case .counts(let plan) = mapping.plan else { return #expect(Bool(false), "counts") }
        func frame(_ mode: Value?) -> SignalFrame {
            SignalFrame(
                values: plan.slots.map { $0 == "mode" ? mode : $0 == "order" ? "4711" : nil }, instant: .distantPast,
                equipment: "M1")
        }

        #expect(plan.countWhen?(frame("1")) == true)
        #expect(plan.countWhen?(frame("2")) == false)
        #expect(plan.countWhen?(frame("AUTO")) == true)
        #expect(plan.order(frame("1")) == .value("4711"))
        guard case .waiting(let sentence) = plan.order(frame("AUTO")) else { return #expect(Bool(false), "waits") }
        #expect(sentence.hasPrefix("'count-when': "))
        #expect(sentence.hasSuffix("(mappings/test.yaml:10:13)"))
        #expect(zip(plan.slots, plan.attributionSlots).filter(\.1).map(\.0) == ["order", "mode"])
    }

    @Test func `an agent's readings say one signal each, and an amount goes by one alone`() throws {
        let text = """
            mapping: counts
            from: {connector: line, signals: {length: {type: LENGTH}, width: {type: WIDTH}}}
            to: {fact: production-count}
            fields:
              equipment: device
              order: {value: none}
              operation: {value: none}
              good: {expr: length / 3}
            """
        let mapping = try TestSite().reading(text)
        var (state, rejected) = (ReadingMappingState(), [SetAside]())

        let batch = mapping.samples(
            from: .rows(
                ["device", "time", "type", "value"],
                [["P1", "2026-03-02T06:00:00Z", "LENGTH", "10"], ["P1", "2026-03-02T06:00:01Z", "WIDTH", "3"]]),
            state: &state, rejected: &rejected)

        #expect(rejected.map(\.sentence) == [])
        let width = batch.slots
        #expect(batch.updates[width - 1] == .value(.number(try #require(ExactDecimal("3.33333333333333")))))
        // The other reading says nothing of the length, whatever the expression makes of nothing.
        #expect(batch.samples.count == 1)
        #expect(
            try faults(text.replacing("length / 3", with: "1 + 2")) == [
                "8:16 MR025 field 'good' is calculated from no signal, and a reading says one signal alone; count each for itself"
            ])
        #expect(
            try faults(text.replacing("length / 3", with: "length * width")) == [
                "8:16 MR025 field 'good' is calculated from 'length' and 'width', and a reading says one signal alone; count each for itself"
            ])
    }

    @Test func `every fault of an expression has its place`() throws {
        let told = try faults(
            """
            mapping: counts
            from: {connector: line, signals: {parts: {type: PART_COUNT}, mode: {type: MODE}}}
            to: {fact: production-count}
            tables: {jobs: {rows: {A: "1"}}}
            let:
              early: $later & job.value
              later: $uppercas(mode)
              open: mode & (
            lookup: {job: {table: jobs, by: $later}}
            fields:
              equipment: device
              order: {expr: modee}
              operation: $lat
              good: {counter: parts}
            count-when: mode-parts = 1 and upper(mode) = "A"
            """)
        #expect(
            told == [
                "6:10 MR013 '$later' is no value of 'let' that stands before",
                "6:19 MR013 look-up 'job' goes by a value of 'let', and comes only after all of them",
                "7:10 MR013 '$uppercas' is no function; did you mean 'uppercase'?",
                "8:17 MR060 'open' of 'let': expected ) before the end of the expression (S0203)",
                "12:17 MR013 there is no signal 'modee'; did you mean 'mode'?",
                "13:14 MR013 '$lat' is no value of 'let' that stands before; known are 'later'",
                "15:13 MR012 'count-when' cannot be read: a name with a hyphen stands in backticks: `mode-parts`; a subtraction has blanks around its sign",
            ])
    }

    @Test(arguments: [
        ("increment: Kisten", "2,5", String?.some("2.5")), ("expr: Kisten * 1", "2,5", "2.5"),
        ("expr: Kisten * 1", "3", "3"),
        ("increment: Kisten", "1.234", nil), ("expr: Kisten * 1", "1.234", nil), ("counter: Kisten", "1.234", nil),
        ("increment: Kisten", "1.234,50", nil), ("expr: Kisten * 1", "1.234,50", nil),
    ])
    func `with a decimal comma a dot is refused, wherever the number is read`(
        source: String, text: String, amount: String?
    ) throws {
        let fields = Self.packing.replacing("expr: Kisten * box.pieces", with: source)
        let mapping = try TestSite().reading(
            source.hasPrefix("counter") ? fields.replacing(#"where: $contains(Typ, /^G/)"#, with: "") : fields)
        guard case .counts(let plan) = mapping.plan else { return #expect(Bool(false), "counts") }

        let (batch, rejected) = samples(mapping, [["Gut", "A-1", "2026-03-02T06:00:00Z", "4711/0010", text]])

        if let amount {
            #expect(
                rejected.isEmpty
                    && frame(batch, 0).values[plan.quantities[0].slot] == ExactDecimal(amount).map(Value.number))
        } else {
            #expect(batch.samples.isEmpty)
            #expect(
                rejected.map(\.sentence) == [
                    "'\(text)' in 'Kisten' is no number with a decimal comma, for a dot may part thousands; let the source write "
                        + "none, or take the dots out by an expression without 'decimal-comma'"
                ])
        }
    }
}
