#if Web
import Foundation
import GRDB
import MillraceValues

/// What the stand-in ERP has: the independent truth of a test.
///
/// - Shape: `bookings` one per order, operation, shift and posting date, sorted by them, cancellations counted in; all sums exact.
struct ERPReport {
    struct Group {
        let names: [String]
        var good = ExactDecimal.zero
        var scrap = ExactDecimal.zero
        var count: Int64 = 0
    }
    private(set) var bookings: [Group] = []
    private(set) var progress: [(order: String, quantity: ExactDecimal, asOf: String, writes: Int64)] = []
    private(set) var stoppages: [ValueObject] = []
    private(set) var totals: [(name: String, count: Int64)] = []
    private(set) var faults: [(name: String, count: Int64)] = []

    /// Reads all of it in one transaction.
    init(_ db: Database) throws {
        try readBookings(db)
        try readProgress(db)
        try readStoppages(db)
        try readCounters(db)
    }

    private mutating func readBookings(_ db: Database) throws {
        let sql = """
            SELECT order_id, operation, shift, posting_date, good, scrap FROM bookings
            ORDER BY order_id, operation, shift, posting_date, id
            """
        let rows = try Row.fetchCursor(db, sql: sql)
        while let row = try rows.next() {
            let names: [String] = [row[0], row[1], row[2], row[3]]
            if bookings.last?.names != names { bookings.append(Group(names: names)) }
            let end = bookings.count - 1
            do {
                bookings[end].good = try bookings[end].good.adding(ExactDecimal(row[4] as String) ?? .zero)
                bookings[end].scrap = try bookings[end].scrap.adding(ExactDecimal(row[5] as String) ?? .zero)
            } catch {
                throw SandboxError.sumTooLarge(order: names[0])
            }
            bookings[end].count += 1
        }
    }

    private mutating func readProgress(_ db: Database) throws {
        let rows = try Row.fetchCursor(
            db, sql: "SELECT order_id, quantity, as_of, writes FROM outputs ORDER BY order_id")
        while let row = try rows.next() {
            progress.append((row[0], ExactDecimal(row[1] as String) ?? .zero, row[2], row[3]))
        }
    }

    private mutating func readStoppages(_ db: Database) throws {
        let rows = try Row.fetchCursor(
            db, sql: "SELECT id, external, body, replaced, cancelled FROM stoppages ORDER BY id")
        while let row = try rows.next() {
            // The body was written by us from a parsed one.
            let body = try JSONReader.read([UInt8](row[2] as Data).span)
            var item = ValueObject(["id": .string(String(row[0] as Int64)), "external": .string(row[1] ?? "")])
            for name in ["OrderID", "WorkCenter", "Cause", "Start", "End", "Minutes"] { item[name] = body[name] }
            item["replaced"] = .number(ExactDecimal(row[3] as Int64))
            item["cancelled"] = .bool(row[4])
            stoppages.append(item)
        }
    }

    private mutating func readCounters(_ db: Database) throws {
        func count(_ sql: String) throws -> Int64 { try Int64.fetchOne(db, sql: sql) ?? 0 }
        totals = [
            ("requests", try count("SELECT count(*) FROM requests")),
            ("keysSeenTwice", try count("SELECT count(*) FROM keys WHERE repeats > 0")),
            (
                "keysBookedTwice",
                try count(
                    "SELECT count(*) FROM keys WHERE executed > 1 AND scope IN ('confirmations', 'cancellations')")
            ),
            ("keysReusedWithOtherBody", try count("SELECT count(*) FROM keys WHERE changed > 0")),
            ("bookedWithoutKey", try count("SELECT count(*) FROM bookings WHERE key IS NULL")),
        ]
        let given = try Row.fetchAll(
            db, sql: "SELECT fault, count(*) FROM requests WHERE fault IS NOT NULL GROUP BY fault")
        for fault in GivenFault.allCases {
            let row = given.first { $0[0] == fault.rawValue }
            faults.append((fault.rawValue, row.map { $0[1] } ?? 0))
        }
        faults.append(("slow", try count("SELECT count(*) FROM requests WHERE delay > 0")))
    }
}

extension ERPReport {
    /// As JSON.
    var json: Value {
        var report = ValueObject()
        report["bookings"] = .array(
            bookings.map { group in
                [
                    "order": .string(group.names[0]), "operation": .string(group.names[1]),
                    "shift": .string(group.names[2]), "postingDate": .string(group.names[3]),
                    "good": .number(group.good), "scrap": .number(group.scrap),
                    "count": .number(ExactDecimal(group.count)),
                ]
            })
        report["progress"] = .array(
            progress.map { figure in
                [
                    "order": .string(figure.order), "quantity": .number(figure.quantity), "as_of": .string(figure.asOf),
                    "writes": .number(ExactDecimal(figure.writes)),
                ]
            })
        report["stoppages"] = .array(stoppages.map { .object($0) })
        for total in totals { report[total.name] = .number(ExactDecimal(total.count)) }
        var given = ValueObject()
        for fault in faults { given[fault.name] = .number(ExactDecimal(fault.count)) }
        report["faults"] = .object(given)
        return .object(report)
    }

    /// As lines of fields parted by semicolons, each beginning with its kind.
    var text: String {
        var lines = ["booking;order;operation;shift;postingDate;good;scrap;count"]
        for group in bookings {
            lines.append(line("booking", group.names + ["\(group.good)", "\(group.scrap)", "\(group.count)"]))
        }
        lines.append("progress;order;quantity;as_of;writes")
        for figure in progress {
            lines.append(line("progress", [figure.order, "\(figure.quantity)", figure.asOf, "\(figure.writes)"]))
        }
        let columns = ["id", "external", "OrderID", "WorkCenter", "Cause", "Start", "End", "Minutes", "cancelled"]
        lines.append(line("stoppage", columns))
        for item in stoppages { lines.append(line("stoppage", columns.map { item[$0]?.plainText ?? "" })) }
        for total in totals { lines.append(line("total", [total.name, "\(total.count)"])) }
        for fault in faults { lines.append(line("fault", [fault.name, "\(fault.count)"])) }
        return lines.joined(separator: "\n") + "\n"
    }

    private func line(_ kind: String, _ fields: [String]) -> String {
        ([kind] + fields).map { field in
            guard field.contains(where: { $0 == ";" || $0 == "\"" || $0.isNewline }) else { return field }
            return "\"" + field.split(separator: "\"", omittingEmptySubsequences: false).joined(separator: "\"\"")
                + "\""
        }.joined(separator: ";")
    }
}
#endif
