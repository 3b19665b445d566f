import MillraceCore
import MillraceMapping
import MillraceSync
import MillraceValues
import Testing

@testable import MillraceCLI

@Suite("What a person reads")
struct LookTextTests {
    private static func instant(_ text: String) throws -> Instant { try #require(Instant(iso8601: text)) }

    private func document(_ state: DocumentState, revision: Int = 1, body: String? = #"{"Yield":40}"#) throws
        -> Document
    {
        let start = try Self.instant("2026-03-02T05:00:00Z")
        return Document(
            id: 7, key: "20260302T050000Z/P01/erp/confirm/production-count/early/4711/r\(revision)", sum: 1,
            request: RequestID("erp", "confirm"), purpose: .post, revision: revision,
            amounts: Amounts(good: ExactDecimal(40), scrap: ExactDecimal(1)), interval: nil, fields: ValueObject(),
            orderValue: "4711",
            windowStart: start, windowEnd: start + .seconds(28_800), mapping: "confirmation",
            version: "0123456789abcdef",
            body: body.map { Array($0.utf8) }, state: state, cause: "order 4711 is closed", causeCode: "refused",
            notBefore: start, attempts: 1, createdAt: start, changedAt: start + .seconds(36_000))
    }

    @Test
    func `the queue is grouped by reason, with the sentence of the oldest`() throws {
        #expect(
            QueueText.groups([try document(.parked), try document(.parked, revision: 2)], zone: .utc) { _ in nil } == [
                "request      state   cause    documents  since             oldest",
                "erp/confirm  parked  refused          2  2026-03-02 15:00  20260302T050000Z/P01/erp/confirm/production-count/early/4711/r1",
                "- 20260302T050000Z/P01/erp/confirm/production-count/early/4711/r1: order 4711 is closed",
                "  → mend it there, then: millrace queue release --endpoint erp --cause refused --reason TEXT; where that order is "
                    + "finished: millrace queue remap --endpoint erp --cause refused --order OLD=NEW",
            ])
        #expect(QueueText.groups([], zone: .utc) { _ in nil } == ["Nothing waits."])
    }

    @Test
    func `a document is shown with its attempts and its body`() throws {
        let attempt = Attempt(
            run: "r", startedAt: try Self.instant("2026-03-02T14:59:00Z"),
            endedAt: try Self.instant("2026-03-02T15:00:00Z"),
            delivery: Delivery(.refused, status: 422, sentence: "422: order 4711 is closed"))

        #expect(
            QueueText.page(try document(.parked), [attempt], zone: .utc) == [
                "20260302T050000Z/P01/erp/confirm/production-count/early/4711/r1", "", "state       parked (refused)",
                "since       2026-03-02 15:00", "why         order 4711 is closed", "request     erp/confirm",
                "does        post", "amounts     40 good, 1 scrap", "window      2026-03-02 05:00 to 2026-03-02 13:00",
                "mapping     confirmation 0123456789ab", "", "tried at          outcome  status  answer",
                "2026-03-02 14:59  refused     422  422: order 4711 is closed", "", #"{"Yield":40}"#,
            ])
        #expect(
            QueueText.page(try document(.parked, body: nil), [], zone: .utc).last
                == "It has no body: its mapping parked it.")
    }

    @Test
    func `a document is one flat object with its key before its state`() throws {
        let text = JSONWriter.text(try document(.queued).object)

        #expect(text.hasPrefix(#"{"kind":"document","key":"20260302T050000Z/P01/erp/confirm/"#))
        #expect(text.contains(#"/r1","state":"queued","endpoint":"erp","request":"confirm""#))
        #expect(!text.dropFirst().contains("{"))
    }

    @Test
    func `the books show only buckets that hold something`() {
        let row = ConservationRow(
            group: ValueObject(["production-day": "2026-03-02", "shift": "early", "order": "4711"]),
            counted: Amounts(good: ExactDecimal(44), scrap: ExactDecimal(1)),
            buckets: [
                .init(name: "booked", amounts: Amounts(good: ExactDecimal(30), scrap: ExactDecimal(1))),
                .init(name: "in doubt", amounts: .zero),
                .init(name: "queued", amounts: Amounts(good: ExactDecimal(14))),
            ])
        let book = Reconciled(request: RequestID("erp", "confirm"), isAbsolute: false, rows: [row])

        #expect(
            ReconcileText.lines([book]) == [
                "erp/confirm", "production-day  shift  order         counted  booked  queued",
                "2026-03-02      early   4711  good        44      30      14",
                "2026-03-02      early   4711  scrap        1       1       0", "",
                "Every piece of 1 group is in one place.",
            ])
    }

    @Test
    func `books that do not add up say how much is missing`() {
        let row = ConservationRow(
            group: ValueObject(["order": "4711"]), counted: Amounts(good: ExactDecimal(44)),
            buckets: [.init(name: "booked", amounts: Amounts(good: ExactDecimal(43)))])
        let book = Reconciled(request: RequestID("erp", "confirm"), isAbsolute: false, rows: [row])

        #expect(
            ReconcileText.lines([book]) == [
                "erp/confirm", "order        counted  booked  missing", " 4711  good       44      43        1",
            ])
    }

    @Test
    func `on a narrow terminal the books have one column for the group, and words for what is not booked`() {
        let row = ConservationRow(
            group: ValueObject([
                "production-day": "2026-03-02", "shift": "early", "order": "000000004711", "operation": "0010",
                "equipment": "PRESS-LINE-1", "material": "A-100",
            ]),
            counted: Amounts(good: ExactDecimal(1_000)),
            buckets: [
                .init(name: "booked", amounts: Amounts(good: ExactDecimal(900))),
                .init(name: "in doubt", amounts: Amounts(good: ExactDecimal(60))),
                .init(name: "dropped by rule", amounts: Amounts(good: ExactDecimal(39))),
            ])
        let book = Reconciled(request: RequestID("erp", "confirm"), isAbsolute: false, rows: [row])

        let lines = Terminal.$current.withValue(Terminal(width: 80, paints: false, showsProgress: false)) {
            ReconcileText.lines([book])
        }

        #expect(lines.allSatisfy { $0.count <= 80 })
        #expect(
            lines == [
                "erp/confirm", "by production-day, shift, order, operation, equipment, material",
                "                                                             counted  booked",
                "2026-03-02 early 000000004711 0010 PRESS-LINE-1 A-100  good     1000     900",
                "  60 in doubt, 39 dropped by rule, 1 missing",
            ])
    }

    @Test
    func `a table breaks its last column to fit, and cuts nothing`() {
        #expect(
            TextTable.lines(["a", "b"], [["x", "a long sentence"]], width: 14)
                == ["a  b", "x  a long", "   sentence"])
        #expect(
            TextTable.lines(["name", "b"], [["0123456789", "a long sentence"]], width: 16)
                == ["      name", "0123456789", "  a long", "  sentence"])
    }

    @Test
    func `on a terminal a key that does not fit stands on a line of its own, whole`() {
        let key = "20260302T050000Z/P01/erp/confirm/production-count/early/4711/0010/M1/r1"
        let (head, rows) = (["state", "documents", "oldest"], [["parked", "12", key]])

        let narrow = Terminal.$current.withValue(Terminal(width: 80, paints: false, showsProgress: false)) {
            TextTable.lines(head, rows, width: TextTable.keyWidth)
        }

        #expect(narrow == ["state   documents", "parked         12", "  " + key])
        #expect(TextTable.lines(head, rows, width: TextTable.keyWidth).last == "parked         12  " + key)
    }

    @Test
    func `a sentence is broken at blanks below where its words began`() {
        #expect(
            Layout.wrapped("- endpoint 'erp' is held", width: 16) == ["- endpoint 'erp'", "  is held"])
        #expect(
            Layout.wrapped("  → look there, then: millrace queue show KEY; or wait", width: 24)
                == ["  → look there, then:", "    millrace queue show KEY;", "    or wait"])
        #expect(Layout.wrapped("why    a long sentence", width: 16) == ["why    a long", "       sentence"])
        #expect(Layout.wrapped("short", width: 20) == ["short"])
    }

    @Test
    func `progress says how many, how fast and how long still, as far as that is known`() throws {
        let since = try Self.instant("2026-03-02T05:00:00Z")
        let now = since + .seconds(3)
        let half = RunProgress(subject: "press-line", unit: "readings", done: 12_300, share: 0.5)
        let open = RunProgress(subject: "erp", unit: "documents", done: 7, share: nil)

        #expect(
            ProgressLine.text(half, since: since, from: 0, now: now, width: 80)
                == "press-line: 12,300 readings, 4,100/s [#####-----] 3 s left")
        #expect(ProgressLine.text(open, since: now, from: 7, now: now, width: 80) == "erp: 7 documents")
    }
}
