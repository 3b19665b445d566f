import CCurl
import MillraceValues

extension HostCertificate {
    /// What curl says of the certificate that the host showed; nil where there is none.
    ///
    /// The list belongs to the handle and is read before this returns.
    init?(shownTo easy: UnsafeMutableRawPointer) {
        guard let list = millrace_curl_certificate(easy) else { return nil }
        self.init(subject: "", issuer: "", expires: nil)
        var entry: UnsafeMutablePointer<curl_slist>? = list
        while let current = entry {
            if let data = current.pointee.data { take(String(cString: data)) }
            entry = current.pointee.next
        }
    }

    private mutating func take(_ text: String) {
        guard let colon = text.firstIndex(of: ":") else { return }
        let value = String(text[text.index(after: colon)...])
        switch text[..<colon] {
        case "Subject": subject = value
        case "Issuer": issuer = value
        case "Expire date": expires = Self.instant(value)
        default: break
        }
    }

    /// Reads `Mar  2 12:00:00 2027 GMT`.
    static func instant(_ text: String) -> Instant? {
        let parts = text.split(separator: " ").map(String.init)
        guard parts.count == 5, parts[4] == "GMT" else { return nil }
        let pattern = try? TimePattern("MMM d HH:mm:ss yyyy")  // try?: these are our own words
        guard let pattern else { return nil }
        let time = pattern.parse(Array(parts[..<4].joined(separator: " ").utf8).span)
        return time.map { Zone.utc.border($0.civil) }
    }
}
