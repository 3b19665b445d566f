import MillraceCore
import MillraceTransport
import MillraceValues
import MillraceXML

/// Asks an agent and reads what it answers.
struct AgentClient: Sendable {
    let settings: MTConnectSettings
    let url: String
    let transport: any HTTPTransport

    /// What an agent answered.
    enum Answer {
        /// A document of observations.
        case streams(StreamsReader)
        /// The sequence asked for is not in the buffer.
        case outOfRange
    }

    /// What the agent knows now.
    func current() async throws(ConnectorError) -> StreamsReader {
        guard case .streams(let reader) = try await streams("current") else {
            throw unreachable("the agent calls its own current state out of range")
        }
        return reader
    }

    /// The observations from that sequence on.
    func sample(from next: Int64) async throws(ConnectorError) -> Answer {
        try await streams("sample?from=\(next)&count=\(max(1, settings.count))")
    }

    /// Names and UUIDs of the agent's devices.
    func probe() async throws(ConnectorError) -> Set<String> {
        let reader = try await ask("probe", ofOneDevice: false)
        guard reader.root == "MTConnectDevices" else { throw notADocument("probe", reader) }
        return reader.probed
    }

    private func streams(_ request: String) async throws(ConnectorError) -> Answer {
        let reader = try await ask(request, ofOneDevice: true)
        if let code = reader.errorCode {
            if code == "OUT_OF_RANGE" { return .outOfRange }
            let words = reader.errorText.isEmpty ? "" : " (\(reader.errorText.prefix(200)))"
            if code == "UNAUTHORIZED" {
                throw .refused(settings.id, "the agent at \(url) answers UNAUTHORIZED\(words)")
            }
            throw unreachable("the agent at \(url) answers \(code.prefix(60))\(words)")
        }
        guard reader.root == "MTConnectStreams" else { throw notADocument(request, reader) }
        guard !reader.header.instanceId.isEmpty, reader.header.nextSequence != nil else {
            throw unreachable("the agent at \(url) answers without instanceId or nextSequence in the header")
        }
        return .streams(reader)
    }

    /// The document that answers, whatever the status: the standard and agents disagree about statuses.
    private func ask(_ request: String, ofOneDevice: Bool) async throws(ConnectorError) -> StreamsReader {
        var address = url.hasSuffix("/") ? url : url + "/"
        if ofOneDevice, settings.devices.count == 1, let device = settings.devices.first {
            address += Self.escaped(device) + "/"
        }
        let exchange = await transport.send(
            HTTPRequest(
                url: address + request, headers: [HTTPHeader("Accept", "application/xml, text/xml")],
                auth: settings.auth,
                tls: settings.tls, timeouts: settings.timeouts, maxResponseBytes: settings.maxDocumentBytes))
        guard case .answered(let response) = exchange else {
            guard case .failed(let failure) = exchange else { throw unreachable("no answer") }
            if failure.kind == .credential || failure.kind == .certificate {
                throw .refused(settings.id, failure.message)
            }
            throw unreachable(failure.message)
        }
        let reader = StreamsReader(prefix: url, devices: settings.devices)
        do throws(XMLFault) {
            let parser = XMLPushParser(
                names: StreamsReader.names, limits: XMLLimits(totalBytes: settings.maxDocumentBytes), handler: reader)
            try parser.feed(response.body)
            try parser.finish()
        } catch {
            if response.status == 401 || response.status == 403 { throw credential(response.status) }
            throw unreachable(
                "\(address)\(request.prefix { $0 != "?" }) answers \(response.status) with something that is no whole "
                    + "MTConnect document (\(error))")
        }
        if !reader.root.hasPrefix("MTConnect"), response.status == 401 || response.status == 403 {
            throw credential(response.status)
        }
        return reader
    }

    private func credential(_ status: Int) -> ConnectorError {
        .refused(settings.id, "the agent at \(url) answers \(status)")
    }

    /// The error for an agent that does not answer as agents do.
    func unreachable(_ why: String) -> ConnectorError { .unreachable(settings.id, why) }

    private func notADocument(_ request: String, _ reader: StreamsReader) -> ConnectorError {
        let path = request.prefix { $0 != "?" }
        return unreachable(
            "\(url) answers /\(path) with a document '\(reader.root.prefix(60))', which is none of MTConnect; is it the agent?"
        )
    }

    private static func escaped(_ name: String) -> String {
        var result = ""
        for byte in name.utf8 {
            switch byte {
            case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2D, 0x2E, 0x5F, 0x7E:
                result.unicodeScalars.append(Unicode.Scalar(byte))
            default: result += "%" + Hex.encode([byte]).uppercased()
            }
        }
        return result
    }
}
