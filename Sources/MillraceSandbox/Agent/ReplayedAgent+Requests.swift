#if Web
extension ReplayedAgent {
    /// Answers `probe`, `current` and `sample`, each optionally behind a device's name.
    func reply(to request: WireRequest) -> Reply {
        switch trouble {
        case .down: return Reply(503, "text/plain", "down\n")
        case .html:
            return Reply(200, "text/html", "<!DOCTYPE html><html><body><h1>Sign in</h1></body></html>\n")
        case .truncated, nil: break
        }
        guard request.method == "GET" else { return error(405, "UNSUPPORTED", "only GET is supported") }
        var words = Array(request.path.dropFirst(2))
        var devices = timeline.devices
        if let first = words.first, !["probe", "current", "sample"].contains(first) {
            guard devices.contains(first) else { return error(404, "NO_DEVICE", "there is no device '\(first)'") }
            devices = [first]
            words.removeFirst()
        }
        for name in ["path", "interval", "to", "deviceType"] where request.query[name] != nil {
            return error(400, "UNSUPPORTED", "the replay does not support '\(name)'")
        }
        let reply: Reply
        switch words {
        case [], ["probe"]: reply = document(AgentDocument.devices(self, devices))
        case ["current"]: reply = current(devices, request.query)
        case ["sample"]: reply = sample(devices, request.query)
        default: return error(404, "INVALID_URI", "there is no such request")
        }
        guard trouble == .truncated else { return reply }
        var half = reply
        half.body = Array(half.body.prefix(half.body.count / 2))
        return half
    }

    private func current(_ devices: [String], _ query: [String: String]) -> Reply {
        var upTo = lastSequence
        if let text = query["at"] {
            guard let at = Int(text) else { return error(400, "INVALID_REQUEST", "'at' must be a whole number") }
            guard (firstSequence...max(firstSequence, lastSequence)).contains(at) else { return outOfRange("at", at) }
            upTo = at
        }
        let sequences = latest(upTo: upTo).filter { devices.contains(timeline.items[log[$0 - 1].item].device) }
        return document(AgentDocument.streams(self, sequences, next: lastSequence + 1))
    }

    /// `from` just behind the newest one is the tip, where nothing is there yet, and no error.
    private func sample(_ devices: [String], _ query: [String: String]) -> Reply {
        guard let from = Int(query["from"] ?? String(firstSequence)), let count = Int(query["count"] ?? "100") else {
            return error(400, "INVALID_REQUEST", "'from' and 'count' must be whole numbers")
        }
        guard (firstSequence...(lastSequence + 1)).contains(from) else { return outOfRange("from", from) }
        guard count > 0, count <= settings.bufferSize else { return outOfRange("count", count) }
        var sequences: [Int] = []
        var next = from
        while next <= lastSequence, sequences.count < count {
            if devices.contains(timeline.items[log[next - 1].item].device) { sequences.append(next) }
            next += 1
        }
        return document(AgentDocument.streams(self, sequences, next: next))
    }

    private func document(_ text: String) -> Reply { Reply(200, "text/xml", text) }

    private func outOfRange(_ name: String, _ value: Int) -> Reply {
        let message =
            name == "count"
            ? "'count' must be from 1 to \(settings.bufferSize), not \(value)"
            : "'\(name)' must be from \(firstSequence) to \(lastSequence), not \(value)"
        return error(settings.outOfRangeStatus, "OUT_OF_RANGE", message)
    }

    private func error(_ status: Int, _ code: String, _ message: String) -> Reply {
        Reply(status, "text/xml", AgentDocument.error(self, code, message))
    }
}
#endif
