public import MillraceValues

/// Builds the key of RULES R14: what, where, which window, which revision, for which endpoint and request.
public enum DocumentKey {
    /// The key without its revision.
    ///
    /// - Shape: `windowStartUTC/site/endpoint/request/kind/per-values`, each part percent-encoded; the instant of a downtime
    ///   has milliseconds.
    public static func stem(
        site: SiteID, request: RequestID, kind: FactKind, windowStart: Instant, perValues: [String]
    ) -> String {
        var stems = DocumentStems(site: site, request: request, kind: kind)
        return stems.stem(windowStart: windowStart, perValues: perValues)
    }

    /// The key of a revision.
    public static func key(stem: String, revision: Int) -> String { stem + "/r" + String(revision) }

    /// The key as it goes into a header: itself, or base32 of its SHA-256 where the endpoint takes no more than `limit` bytes.
    public static func header(_ key: String, limit: Int?) -> String {
        guard let limit, key.utf8.count > limit else { return key }
        return Base32.encode(SHA256.hash(Array(key.utf8)))
    }
}
