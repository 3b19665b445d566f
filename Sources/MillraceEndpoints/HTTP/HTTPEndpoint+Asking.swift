import MillraceCore
import MillraceTransport
import MillraceValues

extension HTTPEndpoint {
    /// What a question brought.
    enum Reply {
        /// A JSON answer.
        case answer(Value, place: String)
        /// A 404.
        case missing(String)
        /// Nothing to use; the outcome is what that means for a document that waits for the answer.
        case noAnswer(Outcome, String)
    }

    /// A document's fields with what was asked for, or why they could not be had: nothing was sent then.
    enum Resolved {
        case fields(ValueObject)
        case failed(Outcome, String)
    }

    /// Asks what an address, or a question's own values, name of the request's `resolve`.
    ///
    /// It is asked anew each time, because a number of the endpoint's own may change (an order that is split gets another).
    func resolved(
        _ names: Set<String>, of request: HTTPRequestSettings, fields: ValueObject, key: String?
    ) async -> Resolved {
        var fields = fields
        for resolving in request.resolve where names.contains(resolving.name) {
            switch await ask(resolving.question, of: nil, fields: fields, key: key) {
            case .noAnswer(let outcome, let sentence): return .failed(outcome, sentence)
            case .missing(let sentence): return .failed(.businessHold, sentence)
            case .answer(let json, let place):
                let found = resolving.value.all(in: json)
                guard let value = found.first, found.count == 1 else {
                    let count = found.isEmpty ? "no" : "more than one"
                    let whose = fields["order"]?.plainText.map { "order '\($0)'" } ?? "this document"
                    return .failed(
                        .businessHold,
                        "\(place): the endpoint knows \(count) '\(resolving.name)' for \(whose); "
                            + "look there, or at 'resolve'; it is asked again by itself")
                }
                fields[resolving.name] = .string(value)
                fields[resolving.variable] = .string(value)
            }
        }
        return .fields(fields)
    }

    /// Asks; what the question names of `resolve` is asked for before.
    func ask(
        _ question: HTTPQuestion, of request: HTTPRequestSettings?, fields: ValueObject, key: String?
    ) async -> Reply {
        var fields = fields
        if let request, !request.resolve.isEmpty {
            switch await resolved(question.uses, of: request, fields: fields, key: key) {
            case .fields(let found): fields = found
            case .failed(let outcome, let sentence): return .noAnswer(outcome, sentence)
            }
        }
        let asked: HTTPRequest
        do throws(EndpointError) {
            asked = try self.request(question, fields: fields, key: key)
        } catch {
            return .noAnswer(.refused, "endpoint '\(settings.id)', nothing was asked: \(error)")
        }
        switch await transport.send(asked) {
        case .failed(let failure):
            // A question that was not answered is an outage, and nothing was sent of what waits for it.
            return .noAnswer(.notSent, mask.masked(failure.message))
        case .answered(let answer): return reply(answer, to: asked)
        }
    }

    private func reply(_ answer: HTTPResponse, to asked: HTTPRequest) -> Reply {
        let place = place(asked)
        let json = answer.json
        let words = HTTPSentence(place: place, endpoint: settings.id, mask: mask).words(json)
        let said = words.map { "\(answer.status), \($0)" } ?? "\(answer.status)"
        switch answer.status {
        case 200, 201, 203:
            guard let json else {
                return .noAnswer(
                    .businessHold, "\(place): the answer is no JSON (\(said)); it is asked again")
            }
            return .answer(json, place: place)
        case 404: return .missing("\(place): nothing is found there (\(said)); check the address")
        case 401: return .noAnswer(.auth, "\(place): the endpoint does not accept who asks (\(said))")
        case 429, 503:
            let wait = RetryAfter.wait(in: answer, now: now())
            return .noAnswer(
                .notExecuted(retryAfter: wait), "\(place): no answer to use (\(said)); it is asked again")
        default:
            // The endpoint's own trouble, or this one question's.
            return .noAnswer(
                answer.status >= 500 ? .notSent : .businessHold,
                "\(place): no answer to use (\(said)); it is asked again")
        }
    }
}
