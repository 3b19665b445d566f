import Glibc

extension HTTPRequest {
    /// Says why this request may not be sent at all, or `nil` if it may.
    ///
    /// What comes from mappings ends up in fields and addresses, so nothing here may break out of its line.
    func refusal() -> TransportFailure? {
        if let reason = addressFault() ?? headerFault() {
            return TransportFailure(
                kind: .invalidRequest, nothingSent: true,
                message: "\(safe(place)): \(reason); correct the endpoint or its mapping")
        }
        for (role, path) in [
            ("CA file", tls.caFile), ("client certificate", tls.clientCertificate), ("client key", tls.clientKey),
        ] {
            guard let path, access(path, R_OK) != 0 else { continue }
            let reason = String(cString: strerror(errno))
            return TransportFailure(
                kind: .credential, nothingSent: true,
                message: "\(safe(place)): the \(role) \(path) cannot be read (\(reason)); check its path and its mode")
        }
        return nil
    }

    private func addressFault() -> String? {
        guard !method.isEmpty, method.utf8.allSatisfy(isTokenByte) else { return "the method is not a word of HTTP" }
        guard url.utf8.allSatisfy({ $0 > 0x20 && $0 != 0x7F }) else {
            return "the address holds a blank or a control character"
        }
        guard let end = url.firstRange(of: "://"),
            let scheme = HTTPScheme(rawValue: url[..<end.lowerBound].lowercased()), allowedSchemes.contains(scheme)
        else {
            let names = allowedSchemes.map(\.rawValue).sorted().joined(separator: " or ")
            return "the address must begin with \(names) and ://"
        }
        let authority = url[end.upperBound...].prefix { !"/?#".contains($0) }
        if authority.contains("@") { return "the address holds a user or password, which belong under auth" }
        return authority.isEmpty ? "the address names no host" : nil
    }

    private func headerFault() -> String? {
        for header in headers {
            guard !header.name.isEmpty, header.name.utf8.allSatisfy(isTokenByte) else {
                return "the header name '\(safe(header.name))' is not a word of HTTP"
            }
            if ["content-length", "transfer-encoding", "expect"].contains(header.name.lowercased()) {
                return "the header '\(header.name)' is set by Millrace itself"
            }
            guard isFieldValue(header.value) else {
                return "the value of header '\(header.name)' holds a line break or a control character"
            }
        }
        guard let authorization = auth.authorization else { return nil }
        if case .basic(let user, _) = auth, user.contains(":") { return "the user name holds a colon" }
        return isFieldValue(authorization) ? nil : "the credential holds a line break or a control character"
    }
}

/// Bytes of a token in RFC 9110, section 5.6.2.
private func isTokenByte(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"):
        true
    default: "!#$%&'*+-.^_`|~".utf8.contains(byte)
    }
}

private func isFieldValue(_ text: String) -> Bool {
    text.utf8.allSatisfy { $0 == 0x09 || ($0 >= 0x20 && $0 != 0x7F) }
}

/// Foreign text for a message: one line, printable, not endless.
private func safe(_ text: String) -> String {
    String(text.unicodeScalars.prefix(200).map { $0.properties.generalCategory == .control ? "?" : Character($0) })
}
