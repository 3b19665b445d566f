#if Web
import Foundation
import GRDB
import MillraceValues

extension StandInERP {
    /// Takes a stoppage; its ExternalID is unique whether keys are recognised or not, as a constraint of the database would be.
    func stop(_ db: Database, _ body: Value, key: String?) throws -> Done {
        let external = body["ExternalID"]?.plainText ?? key
        if let external, let first = try stoppage(db, of: external) {
            throw Self.duplicate(external, first)
        }
        try db.execute(
            sql: "INSERT INTO stoppages (external, body, replaced, cancelled) VALUES (?, ?, 0, 0)",
            arguments: [external, Data(JSONWriter.bytes(body))])
        let id = db.lastInsertedRowID
        if let external { try remember(db, external, id) }
        return .made(id, "created")
    }

    /// Replaces a stoppage; it is found by its earlier and its new ExternalID afterwards.
    func replaceStop(_ db: Database, _ id: String, _ body: Value, key: String?) throws -> Done {
        let number = try existing(db, id)
        let external = body["ExternalID"]?.plainText ?? key
        if let external, let first = try stoppage(db, of: external) {
            if first != number { throw Self.duplicate(external, first) }
        } else if let external {
            try remember(db, external, number)
        }
        let sql =
            "UPDATE stoppages SET external = coalesce(?, external), body = ?, replaced = replaced + 1 WHERE id = ?"
        try db.execute(sql: sql, arguments: [external, Data(JSONWriter.bytes(body)), number])
        return Done(reply: Reply(200, ["status": "replaced", "id": .string(id)]), receipt: id)
    }

    /// Cancels a stoppage; a second time changes nothing.
    func cancelStop(_ db: Database, _ id: String) throws -> Done {
        let number = try existing(db, id)
        try db.execute(sql: "UPDATE stoppages SET cancelled = 1 WHERE id = ?", arguments: [number])
        return Done(reply: Reply(200, ["status": "cancelled", "id": .string(id)]), receipt: id)
    }

    /// The stoppage that has or had this ExternalID.
    func findStops(_ db: Database, _ external: String) throws -> Done {
        guard let id = try stoppage(db, of: external) else { return .found([]) }
        let cancelled = try Bool.fetchOne(db, sql: "SELECT cancelled FROM stoppages WHERE id = ?", arguments: [id])
        return .found([["id": .string(String(id)), "cancelled": .bool(cancelled ?? false)]])
    }

    private static func duplicate(_ external: String, _ first: Int64) -> Refusal {
        Refusal(409, "duplicate", "ExternalID '\(external)' is stoppage \(first)", field: "ExternalID")
    }

    private func stoppage(_ db: Database, of external: String) throws -> Int64? {
        try Int64.fetchOne(
            db, sql: "SELECT stoppage FROM stoppage_keys WHERE external = ?", arguments: [external])
    }

    private func remember(_ db: Database, _ external: String, _ id: Int64) throws {
        try db.execute(sql: "INSERT INTO stoppage_keys VALUES (?, ?)", arguments: [external, id])
    }

    private func existing(_ db: Database, _ id: String) throws -> Int64 {
        guard let number = Int64(id),
            try Int64.fetchOne(db, sql: "SELECT id FROM stoppages WHERE id = ?", arguments: [number]) != nil
        else { throw Refusal(404, "not-found", "there is no stoppage '\(id)'") }
        return number
    }
}
#endif
