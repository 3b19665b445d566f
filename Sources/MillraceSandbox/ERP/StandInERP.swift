#if Web
import GRDB
import MillraceValues

/// An ERP with its own books, which the product's numbers are measured against.
///
/// It shares no logic with the outbox: it knows requests, keys and amounts, and nothing of windows, revisions or ledgers.
/// Everything a request changes, together with the record of the request itself, is one transaction that is committed
/// before the answer goes out; so a process that is killed forgets nothing it answered.
///
/// | request | effect |
/// | --- | --- |
/// | `POST /confirmations` | one booking of `Yield` and `Scrap` (a number or `{value, unit}`); 201 `{status, id}` |
/// | `POST /confirmations/ID/cancel` | the same amounts with the other sign; 409 `already-cancelled` a second time |
/// | `GET /confirmations?external=KEY` | `{count, items: [{id}]}` |
/// | `PUT /orders/ORDER/output` | `{quantity, as_of}` replaces the order's figure |
/// | `GET /orders/ORDER/output` | `{quantity}`, 0 for an order never written |
/// | `POST /stoppages` | a stoppage; `ExternalID` is unique, a repeat is 409 `duplicate` with the first one's id |
/// | `PUT /stoppages/ID`, `POST /stoppages/ID/cancel` | replaces it, cancels it |
/// | `GET /stoppages?external=KEY` | `{count, items: [{id}]}`, found by every ExternalID it ever had |
///
/// The key of a request is its `Idempotency-Key`, else `ExternalKey`, `ExternalID` or `key` in its body. With deduplication on,
/// a key that was executed is answered 200 `{"status":"duplicate","id":…}` with the first receipt, and 422 `key-reused`
/// where the body is another one.
final class StandInERP: Sendable {
    private let database: DatabaseQueue
    private let token: Secret?
    private let dice: FaultDice

    /// Marks our files, so that no other program's database is written to by mistake: "MRSB".
    private static let applicationID = 0x4d52_5342

    /// Opens or makes the file.
    init(path: String, token: Secret?, seed: UInt64) throws {
        var configuration = Configuration()
        configuration.journalMode = .wal
        configuration.busyMode = .timeout(5)
        database = try DatabaseQueue(path: path, configuration: configuration)
        self.token = token
        dice = FaultDice(seed: seed)
        try database.write { db in
            let owner = try Int.fetchOne(db, sql: "PRAGMA application_id") ?? 0
            let tables = try Int.fetchOne(db, sql: "SELECT count(*) FROM sqlite_master") ?? 0
            guard tables == 0 || owner == Self.applicationID else { throw SandboxError.foreignDatabase(path: path) }
            try db.execute(sql: "PRAGMA application_id = \(Self.applicationID)")
            try db.execute(sql: Self.schema)
        }
    }

    /// Executes a request, or does to it what the faults say, and records it.
    ///
    /// - Effects: all committed when this returns.
    func handle(_ request: WireRequest, _ faults: Faults) async throws -> Reply {
        try await database.write { db in try self.handle(db, request, faults) }
    }

    /// What is booked, as one consistent picture.
    func report() async throws -> ERPReport {
        try await database.read { db in try ERPReport(db) }
    }

    private func handle(_ db: Database, _ request: WireRequest, _ faults: Faults) throws -> Reply {
        let number = (try Int64.fetchOne(db, sql: "SELECT max(number) FROM requests") ?? 0) + 1
        let call = ERPCall(request)
        var record = RequestRecord(number: number, scope: call?.scope, key: nil, fault: nil)
        var reply: Reply
        do {
            reply = try self.reply(db, request, call, faults, &record)
        } catch let refusal as Refusal {
            reply = refusal.reply
        }
        reply.delayMilliseconds = faults.slowMilliseconds
        reply.manner = faults.answer
        try record.insert(db, request, reply)
        return reply
    }

    /// A refusal is thrown before anything is written; every other error undoes the whole transaction.
    private func reply(
        _ db: Database, _ request: WireRequest, _ call: ERPCall?, _ faults: Faults, _ record: inout RequestRecord
    ) throws -> Reply {
        if faults.loginRefused || token.map({ request.authorization != "Bearer " + $0.exposed }) ?? false {
            record.fault = faults.loginRefused ? .loginRefused : nil
            throw Refusal(401, "unauthorized", "the login is refused")
        }
        guard let call else { throw Refusal(404, "not-found", "there is no \(request.method) of that path") }
        record.key = request.idempotencyKey ?? request.bodyKey
        var arrival: Arrival?
        if let scope = call.scope, let key = record.key {
            arrival = try Arrival(db, scope: scope, key: key, body: request.body)
        }
        let identity = record.key.map { "\(call.scope ?? request.target) \($0)" } ?? "request \(record.number)"
        record.fault = dice.roll(identity, attempt: arrival?.attempts ?? record.number, faults)
        var reply: Reply
        switch record.fault {
        case .unavailable:
            reply = .fault(503, "unavailable", "try again later")
            if faults.retryAfterSeconds > 0 { reply.retryAfterSeconds = faults.retryAfterSeconds }
        case .throttled:
            reply = .fault(429, "throttled", "too many requests")
            reply.retryAfterSeconds = faults.retryAfterSeconds
        case .cut:
            reply = .fault(0, "cut", "")
            reply.cut = faults.cutBy
        case .lost, .refused, .loginRefused, nil:
            reply = try execute(db, call, request, faults, &arrival, &record)
            if record.fault == .lost { reply.cut = faults.cutBy }
        }
        return reply
    }

    private func execute(
        _ db: Database, _ call: ERPCall, _ request: WireRequest, _ faults: Faults, _ arrival: inout Arrival?,
        _ record: inout RequestRecord
    ) throws -> Reply {
        do {
            if faults.deduplicate, call.adds, let arrival, let receipt = arrival.receipt {
                guard arrival.isSameBody else {
                    throw Refusal(422, "key-reused", "this key was used with another body", field: "key")
                }
                return Reply(200, ["status": "duplicate", "id": .string(receipt)])
            }
            let body = call.scope == nil ? Value.null : try request.json()
            for rule in faults.refuse where body.plainText(at: rule.field) == rule.equals {
                if record.fault == nil { record.fault = .refused }
                throw Refusal(422, rule.code, "\(rule.field) '\(rule.equals)' is refused", field: rule.field)
            }
            let done = try perform(db, call, body, record)
            if let receipt = done.receipt {
                record.receipt = receipt
                try arrival?.executed(db, receipt: receipt)
            }
            return done.reply
        } catch let refusal as Refusal where record.fault == .lost {
            return refusal.reply
        }
    }

    private func perform(_ db: Database, _ call: ERPCall, _ body: Value, _ record: RequestRecord) throws -> Done {
        switch call {
        case .book: try book(db, body, key: record.key)
        case .cancelBooking(let id): try cancelBooking(db, id, key: record.key)
        case .findBookings(let key): try findBookings(db, key)
        case .writeOutput(let order): try writeOutput(db, order, body)
        case .readOutput(let order): try readOutput(db, order)
        case .stop: try stop(db, body, key: record.key)
        case .replaceStop(let id): try replaceStop(db, id, body, key: record.key)
        case .cancelStop(let id): try cancelStop(db, id)
        case .findStops(let key): try findStops(db, key)
        }
    }
}

/// A reply, and the receipt where something was executed.
struct Done {
    let reply: Reply
    var receipt: String?
}

extension WireRequest {
    /// The key that the body bears; none where it is no JSON, which is refused when it comes to executing it.
    fileprivate var bodyKey: String? {
        let body = try? json()  // told later, see above
        guard let key = body?.words("ExternalKey", "ExternalID", "key"), !key.isEmpty else { return nil }
        return key
    }
}
#endif
