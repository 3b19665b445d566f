#if Web
import GRDB
import MillraceValues

extension StandInERP {
    /// Books a confirmation.
    func book(_ db: Database, _ body: Value, key: String?) throws -> Done {
        let said = try Confirmation(body)
        let sql = """
            INSERT INTO bookings (key, order_id, operation, shift, posting_date, work_center, good, scrap, unit)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
            """
        try db.cachedStatement(sql: sql).execute(arguments: [
            key, said.order, said.operation, said.shift, said.postingDate, said.workCenter, said.good.description,
            said.scrap.description, said.unit,
        ])
        return .made(db.lastInsertedRowID, "booked")
    }

    /// Books the same amounts with the other sign.
    func cancelBooking(_ db: Database, _ id: String, key: String?) throws -> Done {
        let columns = "order_id, operation, shift, posting_date, work_center"
        let sql = "SELECT \(columns), good, scrap, unit FROM bookings WHERE id = ? AND cancels IS NULL"
        guard let number = Int64(id), let row = try Row.fetchOne(db, sql: sql, arguments: [number]),
            let good = ExactDecimal(row["good"] as String), let scrap = ExactDecimal(row["scrap"] as String)
        else { throw Refusal(404, "not-found", "there is no confirmation '\(id)'") }
        if try Bool.fetchOne(db, sql: "SELECT 1 FROM bookings WHERE cancels = ?", arguments: [number]) ?? false {
            throw Refusal(409, "already-cancelled", "confirmation '\(id)' is cancelled already")
        }
        let insert = """
            INSERT INTO bookings (key, \(columns), good, scrap, unit, cancels)
            SELECT ?, \(columns), ?, ?, unit, id FROM bookings WHERE id = ?
            """
        try db.execute(
            sql: insert, arguments: [key, good.negated.description, scrap.negated.description, number])
        return .made(db.lastInsertedRowID, "cancelled")
    }

    /// What was booked under a key, cancellations too.
    func findBookings(_ db: Database, _ key: String) throws -> Done {
        let sql = """
            SELECT id, cancels, EXISTS (SELECT 1 FROM bookings AS later WHERE later.cancels = bookings.id) AS gone
            FROM bookings WHERE key = ? ORDER BY id
            """
        let items = try Row.fetchAll(db, sql: sql, arguments: [key]).map { row -> Value in
            var item = ValueObject(["id": .string(String(row["id"] as Int64)), "cancelled": .bool(row["gone"])])
            if let cancelled = row["cancels"] as Int64? { item["cancels"] = .string(String(cancelled)) }
            return .object(item)
        }
        return .found(items)
    }

    /// Replaces the figure of an order.
    func writeOutput(_ db: Database, _ order: String, _ body: Value) throws -> Done {
        guard body["quantity"] != nil else {
            throw Refusal(422, "missing-field", "quantity is missing", field: "quantity")
        }
        let quantity = try body.amount("quantity")
        let sql = """
            INSERT INTO outputs VALUES (?, ?, ?, 1)
            ON CONFLICT (order_id) DO UPDATE SET quantity = excluded.quantity, as_of = excluded.as_of, writes = writes + 1
            """
        try db.cachedStatement(sql: sql).execute(arguments: [order, quantity.description, body.words("as_of", "as-of")])
        let reply = Reply(200, ["status": "replaced", "id": .string(order), "quantity": .number(quantity)])
        return Done(reply: reply, receipt: order)
    }

    /// The figure of an order.
    func readOutput(_ db: Database, _ order: String) throws -> Done {
        let row = try Row.fetchOne(
            db, sql: "SELECT quantity, as_of FROM outputs WHERE order_id = ?", arguments: [order])
        let quantity = row.flatMap { ExactDecimal($0["quantity"] as String) } ?? .zero
        var answer = ValueObject(["order": .string(order), "quantity": .number(quantity)])
        if let row { answer["as_of"] = .string(row["as_of"]) }
        return Done(reply: Reply(200, .object(answer)))
    }
}

extension Done {
    /// 201 with the new row's number, which is the receipt.
    static func made(_ id: Int64, _ status: String) -> Done {
        let receipt = String(id)
        return Done(reply: Reply(201, ["status": .string(status), "id": .string(receipt)]), receipt: receipt)
    }

    /// The answer of a look-up.
    static func found(_ items: [Value]) -> Done {
        Done(reply: Reply(200, ["count": .number(ExactDecimal(Int64(items.count))), "items": .array(items)]))
    }
}
#endif
