#if Web
import MillraceXML

/// The MTConnect documents of a replayed agent, version 1.7.
struct AgentDocument {
    private let agent: ReplayedAgent
    private var text = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"

    private init(_ agent: ReplayedAgent) { self.agent = agent }

    /// The devices with the data items that the timeline shows.
    static func devices(_ agent: ReplayedAgent, _ devices: [String]) -> String {
        var document = AgentDocument(agent)
        document.begin("MTConnectDevices")
        document.header([("assetBufferSize", "0"), ("assetCount", "0")])
        document.text += "<Devices>\n"
        for device in devices {
            document.open("Device", [("id", "device_\(device)"), ("name", device), ("uuid", device)])
            document.text += "\n<DataItems>\n"
            for item in agent.timeline.items where item.device == device {
                document.empty(
                    "DataItem",
                    [
                        ("category", item.category.rawValue), ("id", item.id), ("type", item.type),
                        ("subType", item.subType), ("name", item.name), ("units", item.units),
                    ])
            }
            document.text += "</DataItems>\n</Device>\n"
        }
        document.text += "</Devices>\n</MTConnectDevices>\n"
        return document.text
    }

    /// The observations of these sequences, grouped by device and category, as agents do: so not in the order of sequence.
    static func streams(_ agent: ReplayedAgent, _ sequences: [Int], next: Int) -> String {
        var document = AgentDocument(agent)
        document.begin("MTConnectStreams")
        document.header([
            ("nextSequence", String(next)), ("firstSequence", String(agent.firstSequence)),
            ("lastSequence", String(agent.lastSequence)),
        ])
        let byDevice = Dictionary(grouping: sequences) { agent.timeline.items[agent.log[$0 - 1].item].device }
        document.text += "<Streams>\n"
        for device in agent.timeline.devices {
            guard let mine = byDevice[device] else { continue }
            document.open("DeviceStream", [("name", device), ("uuid", device)])
            document.open(
                "ComponentStream", [("component", "Device"), ("name", device), ("componentId", "device_\(device)")])
            document.text += "\n"
            document.group("Samples", .sample, mine)
            document.group("Events", .event, mine)
            document.group("Condition", .condition, mine)
            document.text += "</ComponentStream></DeviceStream>\n"
        }
        document.text += "</Streams>\n</MTConnectStreams>\n"
        return document.text
    }

    /// An error with its code.
    static func error(_ agent: ReplayedAgent, _ code: String, _ message: String) -> String {
        var document = AgentDocument(agent)
        document.begin("MTConnectError")
        document.header([])
        document.text += "<Errors>"
        document.open("Error", [("errorCode", code)])
        document.text += XMLText.escaped(message) + "</Error></Errors>\n</MTConnectError>\n"
        return document.text
    }

    private mutating func begin(_ root: String) {
        text += "<\(root) xmlns=\"urn:mtconnect.org:\(root):1.7\">\n"
    }

    private mutating func header(_ more: [(String, String?)]) {
        empty(
            "Header",
            [
                ("creationTime", agent.clock.description), ("sender", "millrace-sandbox"),
                ("instanceId", String(agent.instanceID)), ("version", "1.7.0.0"),
                ("bufferSize", String(agent.settings.bufferSize)),
                ("deviceModelChangeTime", agent.bornAt.description),
            ] + more)
    }

    private mutating func group(_ name: String, _ category: ReplayItem.Category, _ sequences: [Int]) {
        let mine = sequences.filter { agent.timeline.items[agent.log[$0 - 1].item].category == category }
        if mine.isEmpty { return }
        text += "<\(name)>\n"
        for sequence in mine { observation(sequence) }
        text += "</\(name)>\n"
    }

    private mutating func observation(_ sequence: Int) {
        let seen = agent.log[sequence - 1]
        let item = agent.timeline.items[seen.item]
        var attributes: [(String, String?)] = [
            ("dataItemId", item.id), ("timestamp", seen.time.description), ("sequence", String(sequence)),
            ("name", item.name), ("subType", item.subType),
        ]
        if item.category == .condition {
            attributes += [("type", item.type), ("nativeCode", seen.nativeCode)]
            let level = seen.value == ReplayObservation.unavailable ? "Unavailable" : seen.value
            open(Self.isName(level) ? level : "Fault", attributes)
            text += XMLText.escaped(seen.message ?? "") + "</\(Self.isName(level) ? level : "Fault")>\n"
        } else {
            let element = Self.isName(item.element) ? item.element : "Unknown"
            open(element, attributes + [("resetTriggered", seen.resetTriggered)])
            text += XMLText.escaped(seen.value) + "</\(element)>\n"
        }
    }

    private mutating func open(_ name: String, _ attributes: [(String, String?)]) {
        text += "<" + name
        write(attributes)
        text += ">"
    }

    private mutating func empty(_ name: String, _ attributes: [(String, String?)]) {
        text += "<" + name
        write(attributes)
        text += "/>\n"
    }

    private mutating func write(_ attributes: [(String, String?)]) {
        for (key, value) in attributes {
            if let value { text += " \(key)=\"\(XMLText.escaped(value))\"" }
        }
    }

    /// Element names come from the timeline: letters and digits only, so that none breaks the document.
    private static func isName(_ text: String) -> Bool {
        text.first?.isLetter ?? false && text.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber) }
    }
}
#endif
