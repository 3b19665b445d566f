import MillraceCore
import MillraceMapping
import MillraceSync
import MillraceValues

/// The far ends: whether sources and endpoints answer, and until when their certificates hold.
struct ReachLook {
    let session: Session

    func findings() async -> [Finding] {
        var findings: [Finding] = []
        for (id, settings) in session.connectorSettings { findings.append(await look(id, settings)) }
        for definition in session.definition.endpoints {
            do {
                findings += look(definition.id, try await session.test(definition))
            } catch {
                findings.append(.fault("endpoint", "'\(definition.id)': \(error)", "millrace check", .failed))
            }
        }
        return findings
    }

    private func look(_ id: ConnectorID, _ settings: ConnectorSettings.Decoded) async -> Finding {
        do {
            let survey = try await settings.survey(clock: session.clock, zone: session.definition.zone, limit: 1)
            if survey.readings == 0 {
                return .hint(
                    "connector", "'\(id)' can be read, and nothing is there: \(settings.source)",
                    "millrace connector test \(id)")
            }
            return .fine("connector", "'\(id)' can be read: \(settings.source)")
        } catch {
            let exit = (error as? ConnectorError)?.exit ?? .failed
            return .fault("connector", "\(error)", "millrace connector test \(id)", exit)
        }
    }

    private func look(_ id: EndpointID, _ test: EndpointTest) -> [Finding] {
        var findings: [Finding] = []
        if let failure = test.failure {
            findings.append(
                .fault(
                    "endpoint", "'\(id)', \(failure.step.rawValue): \(failure.sentence)",
                    "millrace endpoint test \(id)",
                    failure.step.exit))
        } else {
            findings.append(.fine("endpoint", "'\(id)' answers"))
        }
        if let expires = test.certificateExpires {
            let left = expires - session.clock.now()
            let words = "the certificate of '\(id)' holds until \(expires.iso8601) (\(Words.age(left)))"
            let advice = "ask who runs '\(id)' for a new certificate"
            findings.append(
                left < .seconds(14 * 86_400) ? .hint("certificate", words, advice) : .fine("certificate", words))
        }
        if let ahead = test.clockAhead, ahead > .seconds(60) || ahead < .seconds(-60) {
            let direction = ahead > .zero ? "ahead of" : "behind"
            let length = Words.age(ahead > .zero ? ahead : .zero - ahead)
            findings.append(
                .hint("clock", "the clock of '\(id)' is \(length) \(direction) this machine's", "timedatectl status"))
        }
        return findings
    }
}
