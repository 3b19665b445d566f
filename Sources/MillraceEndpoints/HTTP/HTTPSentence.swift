import MillraceCore
import MillraceTransport
import MillraceValues

/// What an answer is said to be, in one sentence for a person.
struct HTTPSentence {
    /// The verb and the address without its query.
    let place: String
    /// The endpoint.
    let endpoint: EndpointID
    /// Takes secrets out of the endpoint's words.
    let mask: SecretMask

    /// What failed, where, and what to do now.
    func of(_ outcome: Outcome, answer: HTTPResponse, json: Value?) -> String {
        let said = words(json).map { "\(answer.status), \($0)" } ?? "\(answer.status)"
        return switch outcome {
        case .done: "\(place): done (\(answer.status))"
        case .duplicate: "\(place): the endpoint had it already (\(said))"
        case .accepted: "\(place): the endpoint took it and will say later (\(said))"
        case .notSent: "\(place): not sent (\(said)); it is sent again by itself"
        case .notExecuted(let wait):
            "\(place): not executed (\(said)); it is sent again by itself\(wait.map { ", after \($0.components.seconds) s" } ?? "")"
        case .conflict: "\(place): somebody else changed it meanwhile (\(said)); it is sent again by itself"
        case .businessHold:
            "\(place): the endpoint holds it back (\(said)); release it there, it is sent again by itself"
        case .refused where (300...399).contains(answer.status):
            "\(place): refused (\(said)), a redirect, which is never followed; correct the address of endpoint '\(endpoint)'"
        case .refused: "\(place): refused (\(said)); settle the cause, then release the document"
        case .auth: "\(place): the endpoint does not accept who asks (\(said)); check 'auth' of endpoint '\(endpoint)'"
        case .unknown: "\(place): it may have been carried out (\(said)); look up what became of it"
        }
    }

    /// The endpoint's own words: problem details (RFC 9457), or `code`, `message` and `detail`, at the top or under `error`,
    /// which may be a list of texts, too.
    ///
    /// - Shape: one line of at most 200 characters without control characters and secrets; nil where it has none.
    func words(_ json: Value?) -> String? {
        guard let json else { return nil }
        var objects = [json]
        if let error = json["error"] {
            if let text = error.text { return tidy([text]) }
            if error.array != nil { return tidy(Self.texts(error)) }
            objects.append(error)
        }
        for object in objects {
            let parts = ["code", "title", "message", "detail"].compactMap { name -> String? in
                // OData says {"message": {"lang": "en", "value": "…"}}.
                object[name]?.plainText ?? object[name]?["value"]?.plainText
            }
            if let words = tidy(parts) { return words }
        }
        return nil
    }

    private static func texts(_ value: Value) -> [String] {
        value.array?.flatMap(texts) ?? value.text.map { [$0] } ?? []
    }

    private func tidy(_ parts: [String]) -> String? {
        let joined = mask.masked(parts.filter { !$0.isEmpty }.joined(separator: ": "))
        var scalars = String.UnicodeScalarView()
        for scalar in joined.unicodeScalars {
            switch scalar.properties.generalCategory {
            // Format characters turn a line around or hide in it.
            case .control, .lineSeparator, .paragraphSeparator: scalars.append(" ")
            case .format, .privateUse, .surrogate, .unassigned: break
            default: scalars.append(scalar)
            }
        }
        let line = String(scalars).split(separator: " ").joined(separator: " ")
        return line.isEmpty ? nil : String(line.prefix(200))
    }
}
