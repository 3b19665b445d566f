import MillraceCore
import MillraceStore
import MillraceSync
import MillraceValues

/// What the last reconcile of the whole site found, kept for the metrics.
struct ReconcileNote {
    /// When it was.
    var at: Instant
    /// For each request how many pieces were in no place, without their signs.
    var differences: [(request: RequestID, pieces: ExactDecimal)]

    private static let name = "reconciled"

    /// Keeps what was found. A difference that is too long to be added counts as one piece: it is not none.
    static func keep(_ books: [Reconciled], at now: Instant, in store: SQLiteStore) throws {
        var rows: [Value] = []
        for book in books {
            var pieces = ExactDecimal.zero
            for row in book.differences {
                for quantity in CountedQuantity.allCases {
                    pieces = try pieces.adding((row.difference?[quantity] ?? ExactDecimal(1)).magnitude)
                }
            }
            rows.append([
                "endpoint": .string(book.request.endpoint.text), "request": .string(book.request.request.text),
                "pieces": .number(pieces),
            ])
        }
        try store.setNote(name, JSONWriter.text(["at": .string(now.iso8601), "requests": .array(rows)]))
    }

    /// What was kept; nil where the whole site was never reconciled.
    ///
    /// - Throws: `StoreError`, or `JSONError` for a note that somebody else wrote.
    static func last(_ store: SQLiteStore) throws -> ReconcileNote? {
        guard let text = try store.note(name) else { return nil }
        let note = try JSONReader.read(text)
        guard let at = note["at"]?.text.flatMap({ Instant(iso8601: $0) }), let rows = note["requests"]?.array else {
            return nil
        }
        return ReconcileNote(
            at: at,
            differences: rows.compactMap { row -> (request: RequestID, pieces: ExactDecimal)? in
                guard let endpoint = row["endpoint"]?.text, let request = row["request"]?.text,
                    let pieces = row["pieces"]?.decimal
                else { return nil }
                return (RequestID(EndpointID(endpoint), RequestName(request)), pieces)
            })
    }
}
