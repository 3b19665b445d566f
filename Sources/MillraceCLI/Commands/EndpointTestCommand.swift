import ArgumentParser
import MillraceCore
import MillraceMapping
import MillraceStore
import MillraceSync
import MillraceTransport
import MillraceValues

/// `millrace endpoint test`: could a document be sent? Nothing is.
struct EndpointTestCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "test", abstract: "Proves name, connection, TLS, login and one harmless read; sends no document.",
        discussion: """
            The read is the 'lookup' of a key that nobody has; where no request has one, a GET of 'url', which proves no login. \
            Exit 4 where an endpoint cannot be reached, 12 where certificate or login are refused.
            """)

    @OptionGroup var options: GlobalOptions

    @Argument(help: "The endpoints. Default: all.")
    var endpoints: [String] = []

    func run() async throws {
        try await Verb.run(options) { session in
            let known = session.definition.endpoints.map(\.id.text)
            for name in endpoints where !known.contains(name) {
                throw CommandFailure(
                    .usage, "there is no endpoint '\(name)'; the site has \(known.joined(separator: ", "))")
            }
            let chosen = session.definition.endpoints.filter { endpoints.isEmpty || endpoints.contains($0.id.text) }
            var codes: Set<Exit> = []
            for definition in chosen {
                let test = try await session.test(definition)
                if let failure = test.failure { codes.insert(failure.step.exit) }
                say(definition.id, test, session)
            }
            if chosen.isEmpty { session.output.line("The site has no endpoint; add one under 'endpoints'.") }
            return [.credentialRefused, .endpointDown].first { codes.contains($0) } ?? .done
        }
    }

    private func say(_ id: EndpointID, _ test: EndpointTest, _ session: Session) {
        for finding in test.findings {
            session.output.object([
                "kind": "finding", "endpoint": .string(id.text), "step": .string(finding.step.rawValue),
                "result": .string(finding.result.rawValue), "sentence": .string(finding.sentence),
            ])
        }
        session.output.lines(
            [id.text, "", ""], test.findings.map { [$0.step.rawValue, $0.result.word, $0.sentence] })
        session.output.line()
    }
}

extension EndpointTest.Result {
    /// As a person reads it.
    var word: String {
        switch self {
        case .proved: "ok"
        case .failed: "FAILED"
        case .open: "not proved"
        }
    }
}

extension EndpointTest.Step {
    /// The exit code where the step failed.
    var exit: Exit { self == .login || self == .tls ? .credentialRefused : .endpointDown }
}

extension Session {
    /// Tests an endpoint and notes until when its certificate holds.
    ///
    /// - Throws: `StoreError`; a secret that cannot be read is a finding.
    func test(_ definition: EndpointDefinition) async throws -> EndpointTest {
        let endpoint: any Endpoint
        do {
            endpoint = try EndpointSettings(folder: folder).endpoint(
                definition, transport: CurlTransport(), clock: clock)
        } catch let failure as CommandFailure {
            return EndpointTest([.init(.login, .failed, failure.sentence)])
        }
        let test = await endpoint.test()
        if let expires = test.certificateExpires {
            let note = StoreNote.certificateExpires(definition.id)
            if try store.note(note) != expires.iso8601 { try store.setNote(note, expires.iso8601) }
        }
        return test
    }
}
