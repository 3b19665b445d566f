import Glibc
import MillraceCore
import MillraceMapping
import MillraceStore
import MillraceSync
import MillraceTesting
import MillraceValues
import Testing

/// A small plant with a store of its own, filled by hand: what the looks are tested on.
final class LookSite {
    static let now = Instant(iso8601: "2026-03-03T09:00:00Z") ?? .distantPast
    let folder: String
    let store: SQLiteStore
    var plant: Plant

    /// Shifts in Berlin; a delta request `confirm`, an absolute one `progress`.
    init() throws {
        let base = getenv("TMPDIR").map { String(cString: $0) } ?? "/tmp"
        var template = Array((base + "/millrace-look-XXXXXX").utf8CString)
        let made: UnsafeMutablePointer<CChar>? = mkdtemp(&template)
        _ = try #require(made)
        folder = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        store = try SQLiteStore(path: folder + "/millrace.db")
        let zone = try Zone(named: "Europe/Berlin")
        let shifts = try [("early", "06:00", "14:00"), ("late", "14:00", "22:00"), ("night", "22:00", "06:00")].map {
            ShiftSettings(
                name: $0.0, days: Set(Weekday.allCases), from: try #require(TimeOfDay($0.1)),
                to: try #require(TimeOfDay($0.2)), breaks: [])
        }
        let calendar = try ShiftCalendar(
            CalendarSettings(shifts: shifts, exceptions: [], dayStart: try #require(TimeOfDay("06:00")), zone: zone))
        let site = MappingContext(site: "P01", zone: zone)
        plant = Plant(
            site: "P01", liveSince: try #require(Instant(iso8601: "2026-03-01T05:00:00Z")), calendar: calendar,
            limits: Self.limits, readingMappings: [], documentMappings: try Self.documents(site),
            endpoints: [
                EndpointContract(
                    id: "erp", delivers: true, concurrency: 1, perSecond: nil,
                    requests: [
                        Self.request("confirm", .delta),
                        Self.request("progress", .absolute(totalOver: [.order], opening: .ask)),
                    ])
            ])
    }

    deinit {
        for end in ["", "-wal", "-shm"] { unlink(folder + "/millrace.db" + end) }
        rmdir(folder)
    }

    static let limits = Plant.Limits(
        lateness: .seconds(172_800), ahead: .seconds(300), silence: .seconds(900), slice: .seconds(60))

    private static func request(_ name: RequestName, _ quantity: RequestContract.Quantity) -> RequestContract {
        RequestContract(
            id: RequestID("erp", name), quantity: quantity, correct: .signed, inOrderBy: .order, onceBy: .nothing,
            canLookUp: false, canReadFigure: false, timeout: .seconds(30), keyLimit: nil, closedPeriods: .repost)
    }

    private static func documents(_ site: MappingContext) throws -> [DocumentMapping] {
        try [
            """
            mapping: confirmation
            from: {fact: production-count, where: operation = "0010", per: [order, operation, equipment], window: shift}
            to: {endpoint: erp, request: confirm}
            fields: {Order: order, Yield: {from: good, type: decimal, digits: 13, scale: 0, round: refuse}}
            """,
            """
            mapping: progress
            from: {fact: production-count, where: operation = "0020", per: [order], window: {every: 15 min}}
            to: {endpoint: erp, request: progress}
            fields: {quantity: {from: good, type: decimal, digits: 13, scale: 0, round: refuse}}
            """,
        ].map { text in
            let parsed = MappingFile.parse(text: text, file: "mapping.yaml", context: site) { _ in .unreadable("none") }
            guard case .document(let mapping)? = parsed.mapping else {
                Issue.record("\(parsed.diagnostics)")
                throw NoMapping()
            }
            return mapping
        }
    }

    struct NoMapping: Error {}

    // MARK: Filling

    static func instant(_ text: String) throws -> Instant { try #require(Instant(iso8601: text)) }

    /// A slice of one minute.
    static func fact(
        _ start: String, good: Int64, order: String? = "4711", operation: String = "0010",
        standing: Standing = .counted,
        rule: String = "", shift: String = "early", day: String = "2026-03-02", equipment: String = "P1"
    ) throws -> ProductionCount {
        let begin = try instant(start)
        let place = Place(source: "press.csv", position: begin.seconds)
        return ProductionCount(
            mapping: "press-counts", version: "v1", equipment: equipment, start: begin, end: begin + .seconds(60),
            order: order,
            operation: operation, material: nil, shift: shift, productionDay: try #require(CivilDate(day)),
            standing: standing, rule: rule, amounts: Amounts(good: ExactDecimal(good)), marks: [], first: place,
            last: place)
    }

    func record(_ facts: [ProductionCount]) throws {
        var step = IngestStep(connector: "press-line", now: Self.now)
        step.facts = facts.map { .fresh($0) }
        try store.commit(step)
    }

    /// A sum of the early shift of 2 March, folded through all facts; returns its number.
    func fold(
        _ total: Int64, order: String = "4711", request: RequestName = "confirm", revision: Int = 0, through: Int64
    ) throws -> Int64 {
        let isDelta = request == "confirm"
        let start = try Self.instant("2026-03-02T05:00:00Z")
        let perValues = isDelta ? ["early", order, "0010", "P1"] : [order]
        let stem = DocumentKey.stem(
            site: "P01", request: RequestID("erp", request), kind: .productionCount,
            windowStart: isDelta ? start : .distantPast, perValues: perValues)
        var fields = ValueObject(["order": .string(order)])
        if isDelta {
            for (name, value) in [
                ("operation", "0010"), ("equipment", "P1"), ("shift", "early"), ("production-day", "2026-03-02"),
            ] { fields[name] = .string(value) }
        }
        let sum = Sum(
            identity: .init(
                request: RequestID("erp", request), kind: .productionCount, windowStart: start, perValues: perValues),
            mapping: isDelta ? "confirmation" : "progress", windowStart: start, windowEnd: start + .seconds(28_800),
            fields: fields, total: Amounts(good: ExactDecimal(total)), revision: revision)
        try store.fold([(stem, sum)], through: through)
        return try #require(try store.sum(stem: stem)).id
    }

    /// A document of a sum in the state; returns its key.
    @discardableResult
    func document(
        of sum: Int64, revision: Int, good: Int64, _ state: DocumentState, cause: String = "", code: String = "",
        hasBody: Bool = true, order: String = "4711", isSettled: Bool = true, replaces: String? = nil
    ) throws -> String {
        let start = try Self.instant("2026-03-02T05:00:00Z")
        let key = "20260302T050000Z/P01/erp/confirm/production-count/early/\(order)/0010/P1/r\(revision)"
        let document = Document(
            key: key, sum: sum, request: RequestID("erp", "confirm"), purpose: replaces == nil ? .post : .replace,
            revision: revision,
            amounts: Amounts(good: ExactDecimal(good)), interval: nil, fields: ValueObject(), orderValue: order,
            windowStart: start, windowEnd: start + .seconds(28_800), mapping: "confirmation", version: "v1",
            body: hasBody ? Array(#"{"Yield":40}"#.utf8) : nil, state: state, cause: cause, causeCode: code,
            notBefore: start, replaces: replaces, createdAt: start, changedAt: start + .seconds(36_000))
        try store.make(
            [
                DocumentStep(
                    sum: sum, revision: revision, isSettled: isSettled, superseded: [], documents: [document])
            ],
            now: Self.now)
        return key
    }

    func state(_ key: String) throws -> DocumentState? { try store.documents(matching: key).first?.state }
}

extension ExactDecimal {
    /// That whole number.
    static func pieces(_ number: Int64) -> ExactDecimal { ExactDecimal(number) }
}
