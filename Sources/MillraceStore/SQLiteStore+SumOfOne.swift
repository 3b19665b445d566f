// Hot path: most sums are never more than their first document. Guarded by `script/bench`.

import GRDB
import MillraceCore
import MillraceValues

/// The numbers of sums that are not stored beside their only document, because the document says all of them.
///
/// A closed window whose facts came in time has one sum and one document with the same amounts, fields and key: the night's
/// most frequent case. Its document stands alone, `documents.sum` is NULL, and the sum is read from it. As soon as the sum has to
/// change (`standAlone`) it gets a row of its own.
enum SumNumber {
    /// Numbers from here on are those of documents.
    static let ofDocuments: Int64 = 1 << 62

    /// The number of the document that is the sum; nil where the sum has a row of its own.
    static func document(of sum: Int64) -> Int64? { sum > ofDocuments ? sum - ofDocuments : nil }

    /// What the key of a sum's first document has behind the stem.
    static let firstRevision = "/r1"

    /// The stem of the sum that a document is: its key without `/r1`.
    static func stem(ofKey key: String) -> String { String(key.dropLast(firstRevision.count)) }
}

extension DocumentStep {
    /// The document that says all of the new sum; nil where the sum needs a row of its own.
    var onlyDocument: Document? {
        guard let sum = new?.sum, sum.mayBeDocument, isSettled, sum.conflict == nil, superseded.isEmpty,
            documents.count == 1, let only = documents.first, only.purpose == .post, only.revision == 1, revision == 1,
            only.amounts == sum.total
        else { return nil }
        return only
    }
}

extension SQLiteStore {
    /// The document that is the sum of that stem; nil where there is none. By the index of keys.
    static func documentThatIsSum(_ stem: String, in database: Database) throws -> Document? {
        try documents(
            database, where: "key = ? AND sum IS NULL", [DocumentKey.key(stem: stem, revision: 1)]
        ).first
    }

    /// The sum that the document is.
    static func sum(in document: Document) throws -> (stem: String, sum: Sum) {
        let stem = SumNumber.stem(ofKey: document.key)
        var fields = document.fields
        for name in ["sum", "provisional"] { fields[name] = nil }
        // A key is window/site/endpoint/request/kind/per-values (RULES R14).
        let perValues = try stem.split(separator: "/", omittingEmptySubsequences: false).dropFirst(5).map { part in
            guard let text = PercentCoding.decode(String(part)) else {
                throw StoreError.corrupt("key '\(document.key)' is damaged")
            }
            return text
        }
        let sum = Sum(
            id: SumNumber.ofDocuments + document.id,
            identity: Sum.Identity(
                request: document.request, kind: .productionCount, windowStart: document.windowStart,
                perValues: perValues),
            mapping: document.mapping, windowStart: document.windowStart, windowEnd: document.windowEnd, fields: fields,
            total: document.amounts, revision: 1, isChanged: false)
        return (stem, sum)
    }

    /// Gives the sum of that stem a row of its own where a document was it until now.
    static func standAlone(_ stem: String, _ writing: Writing) throws {
        if let document = try documentThatIsSum(stem, in: writing.database) { try standAlone(document, writing) }
    }

    /// Gives the sum that the document is a row of its own; the sum's number. Nothing to do where it has one.
    @discardableResult
    static func standAlone(_ id: Int64, _ writing: Writing) throws -> Int64 {
        guard let document = try documents(writing.database, where: "documents.id = ?", [id]).first else { return 0 }
        return SumNumber.document(of: document.sum) == nil ? document.sum : try standAlone(document, writing)
    }

    @discardableResult
    private static func standAlone(_ document: Document, _ writing: Writing) throws -> Int64 {
        let (stem, sum) = try sum(in: document)
        guard try insert(sum, stem: stem, writing) else {
            throw StoreError.corrupt("sum '\(stem)' is stored beside the document that is it")
        }
        let number = writing.database.lastInsertedRowID
        try writing.database.cachedStatement(sql: "UPDATE documents SET sum = ? WHERE id = ?").execute(
            arguments: [number, document.id])
        return number
    }
}
