// Hot path: every document is written and read here. Guarded by `script/bench`.

import Foundation
import GRDB
public import MillraceCore
import MillraceValues

extension SQLiteStore {
    /// All documents of a sum, by number. By index documents_by_sum, or by number where the document is its sum.
    public func documents(of sum: Int64) throws(StoreError) -> [Document] {
        try read { database in
            if let own = SumNumber.document(of: sum) {
                return try Self.documents(database, where: "documents.id = ?", [own])
            }
            return try Self.documents(database, where: "sum = ? ORDER BY documents.id", [sum])
        }
    }

    /// Documents in that state, by number. By the partial indexes of live and parked documents, and behind the mark for fresh ones.
    public func documents(
        of endpoint: EndpointID?, in state: DocumentState, after id: Int64, limit: Int
    ) throws(StoreError) -> [Document] {
        try read { database in
            // Written out, so that SQLite can prove that a partial index holds every such row.
            var condition = "state = '\(state.rawValue)' AND documents.id > ?"
            var arguments: StatementArguments = [id]
            if let endpoint {
                condition += " AND endpoint = ?"
                arguments += [endpoint.text]
            }
            let order = " ORDER BY documents.id LIMIT ?"
            let isLive = state.isInDoubt || state == .queued ? " AND \(Self.isLive)" : ""
            let found = try Self.documents(database, where: condition + isLive + order, arguments + [limit])
            guard state == .queued else { return found }
            let mark = try Self.freshAfter(endpoint, in: database)
            let fresh = try Self.documents(
                database, where: condition + " AND is_fresh = 1 AND documents.id > ?" + order,
                arguments + [mark, limit])
            return Array((found + fresh).sorted { $0.id < $1.id }.prefix(limit))
        }
    }

    /// The document of that key, or whose key ends in it.
    public func documents(matching key: String) throws(StoreError) -> [Document] {
        try read { database in
            let exact = try Self.documents(database, where: "key = ?", [key])
            if !exact.isEmpty { return exact }
            let ending = "substr(key, -length(?1)) = ?1 OR CAST(documents.id AS TEXT) = ?1"
            return try Self.documents(database, where: ending + " ORDER BY documents.id LIMIT 20", [key])
        }
    }

    /// What the partial indexes documents_live and documents_in_order hold, word for word as they were made.
    static let isLive = "is_fresh = 0 AND state IN ('queued', 'leased', 'accepted', 'unknown')"

    static func documents(
        _ database: Database, where condition: String, _ arguments: StatementArguments
    ) throws -> [Document] {
        let select = try database.cachedStatement(sql: documentsText(condition))
        var result: [Document] = []
        let rows = try Row.fetchCursor(select, arguments: arguments)
        while let row = try rows.next() { result.append(try document(row)) }
        return result
    }

    /// The documents one after the other; `body` may read the store.
    static func eachDocument(
        _ database: Database, where condition: String, _ arguments: StatementArguments,
        _ body: (Document) throws -> Void
    ) throws {
        // A statement of its own: what `body` reads must not begin this one anew.
        let rows = try Row.fetchCursor(database, sql: documentsText(condition), arguments: arguments)
        while let row = try rows.next() { try body(document(row)) }
    }

    private static func documentsText(_ condition: String) -> String {
        """
        SELECT documents.id, key, coalesce(sum, \(SumNumber.ofDocuments) + documents.id), endpoint, request, purpose, revision,
          good, scrap, rework, interval, fields, order_value, window_start, window_end, versions.mapping, versions.version, body,
          state, cause, cause_code, not_before, attempts, replaces, receipt, created_at, changed_at, discard, must_not_repeat,
          content_type
        FROM documents JOIN versions ON versions.id = documents.version WHERE \(condition)
        """
    }

    private static func document(_ row: Row) throws -> Document {
        let interval: String? = row[10]
        let body: Data? = row[17]
        let discard: String? = row[27]
        let (key, sum): (String, Int64) = (row[1], row[2])
        var fields = try Value(column: row[11]).object ?? ValueObject()
        if SumNumber.document(of: sum) != nil { fields["sum"] = .string(SumNumber.stem(ofKey: key)) }
        return Document(
            id: row[0], key: key, sum: sum, request: RequestID(EndpointID(row[3]), RequestName(row[4])),
            purpose: try word(row[5], DocumentPurpose.self), revision: row[6], amounts: try Amounts(row, 7),
            interval: try interval.map { try Downtime(column: $0) },
            fields: fields, orderValue: row[12],
            windowStart: Instant(row[13]),
            windowEnd: Instant(row[14]), mapping: MappingName(row[15]), version: row[16], body: body.map { Array($0) },
            state: try word(row[18], DocumentState.self), cause: row[19], causeCode: row[20],
            notBefore: Instant(row[21]),
            attempts: row[22], replaces: row[23], receipt: row[24], createdAt: Instant(row[25]),
            changedAt: Instant(row[26]),
            discard: try discard.map { try word($0, Discard.self) }, mustNotRepeat: row[28], contentType: row[29])
    }

    /// What a document belongs to.
    enum Belonging {
        /// A sum that has a row of its own, by its number.
        case sum(Int64)
        /// It is its sum, of this stem.
        case itself(stem: String)

        /// The fields without the sum's stem where the key says it.
        func kept(_ fields: ValueObject) -> ValueObject {
            guard case .itself = self else { return fields }
            var kept = fields
            kept["sum"] = nil
            return kept
        }
    }

    /// Stores a new document. False where its key is stored already, or the sum that it would be.
    static func insert(_ document: Document, _ belonging: Belonging, _ writing: Writing) throws -> Bool {
        try writing.row(.document) { row in
            row.bind(document.key)
            if case .sum(let number) = belonging { row.bind(number) } else { row.bindNull() }
            row.bind(document.request.endpoint.text)
            row.bind(document.request.request.text)
            row.bind(document.purpose.rawValue)
            row.bind(Int64(document.revision))
            row.bind(document.amounts)
            row.bind(document.interval?.column)
            row.bind(json: belonging.kept(document.fields))
            row.bind(document.orderValue)
            row.bind(document.windowStart.microseconds)
            row.bind(document.windowEnd.microseconds)
            row.bind(try writing.version(document.mapping, document.version))
            row.bind(document.body)
            row.bind(document.state.rawValue)
            row.bind(document.cause)
            row.bind(document.causeCode)
            row.bind(document.notBefore.microseconds)
            row.bind(Int64(document.attempts))
            row.bind(document.replaces)
            row.bind(document.receipt)
            row.bind(document.createdAt.microseconds)
            row.bind(document.changedAt.microseconds)
            row.bind(document.discard?.rawValue)
            row.bind(document.mustNotRepeat ? Int64(1) : Int64(0))
            row.bind(document.state == .queued ? Int64(1) : Int64(0))
            row.bind(document.contentType)
            if case .itself(let stem) = belonging { row.bind(stem) } else { row.bindNull() }
        }
        return writing.database.changesCount == 1
    }
}
