#if Web
import Foundation
import MillraceValues

/// What an agent's machines did, in the order in which the agent saw it.
///
/// The file is NDJSON: one object per line, empty lines allowed. The members of an observation are
///
/// | member | meaning |
/// | --- | --- |
/// | `timestamp` | UTC with Z and up to 9 fraction digits; repeated in the documents as it stands here |
/// | `device` | the device's name, also its uuid |
/// | `dataItemId` | the data item's id |
/// | `type` | its type as in a probe (`PART_COUNT`) or as the element's name (`PartCount`); needed once per data item |
/// | `subType`, `name`, `units` | optional, taken from the data item's first line |
/// | `category` | `SAMPLE`, `EVENT` or `CONDITION`; where it is missing, known by the type, else `EVENT` |
/// | `value` | the observation: text or number; null is `UNAVAILABLE`. For a condition its level (`Normal`, `Fault`, …) |
/// | `resetTriggered` | optional, why the counter was reset at this observation |
/// | `nativeCode`, `message` | optional, of a condition |
/// | `sequence` | optional; where every line has one, lines are sorted by it, else the file's order holds |
///
/// The sequence in a document is the agent's own: 1, 2, 3… from its start.
struct Timeline {
    private(set) var items: [ReplayItem] = []
    private(set) var observations: [ReplayObservation] = []
    /// The devices in the order of their first line.
    private(set) var devices: [String] = []

    /// The largest timeline: 256 MiB.
    private static let sizeLimit = 1 << 28

    /// Reads a file.
    init(path: String) throws(SandboxError) {
        let attributes = try? FileManager.default.attributesOfItem(atPath: path)  // told as unreadable below
        guard let size = attributes?[.size] as? Int, size <= Self.sizeLimit,
            let data = FileManager.default.contents(atPath: path)
        else { throw .unreadable(path: path) }
        try self.init([UInt8](data), path: path)
    }

    /// Reads the bytes of a file; `path` is for the messages.
    init(_ bytes: [UInt8], path: String) throws(SandboxError) {
        var index: [String: Int] = [:]
        var sequences: [Int64] = []
        for (number, line) in bytes.split(separator: 0x0A, omittingEmptySubsequences: false).enumerated()
        where !line.allSatisfy({ $0 == 0x20 || $0 == 0x0D || $0 == 0x09 }) {
            func fail(_ problem: String) -> SandboxError { .badLine(path: path, line: number + 1, problem: problem) }
            let value: Value
            do {
                value = try JSONReader.read(Array(line).span)
            } catch {
                throw fail("not JSON: \(error)")
            }
            guard let time = value["timestamp"]?.text.flatMap(ReplayTime.init) else {
                throw fail("'timestamp' must be UTC like 2026-03-02T06:00:00.125Z")
            }
            guard let device = value["device"]?.text, let id = value["dataItemId"]?.text, value["value"] != nil else {
                throw fail("'device', 'dataItemId' and 'value' are needed")
            }
            let key = "\(device)\u{0}\(id)"
            if index[key] == nil {
                guard let type = value["type"]?.text, !type.isEmpty else {
                    throw fail("'type' is needed on the first line of data item '\(id)'")
                }
                index[key] = items.count
                items.append(ReplayItem(device: device, id: id, type: type, value))
                if !devices.contains(device) { devices.append(device) }
            }
            if let sequence = value["sequence"]?.decimal?.integer { sequences.append(sequence) }
            observations.append(ReplayObservation(item: index[key] ?? 0, time: time, value))
        }
        if sequences.count == observations.count {
            let order = sequences.indices.sorted { (sequences[$0], $0) < (sequences[$1], $1) }
            observations = order.map { observations[$0] }
        }
    }
}

/// A data item of a device.
struct ReplayItem {
    enum Category: String {
        case sample = "SAMPLE"
        case event = "EVENT"
        case condition = "CONDITION"
    }
    let device: String
    let id: String
    /// As in a probe: `PART_COUNT`.
    let type: String
    /// As an element's name: `PartCount`.
    let element: String
    let category: Category
    let subType: String?
    let name: String?
    let units: String?

    /// Takes what the first line says of it.
    init(device: String, id: String, type: String, _ line: Value) {
        self.device = device
        self.id = id
        self.type = Self.upper(type)
        element = Self.pascal(type)
        category =
            line["category"]?.text.flatMap(Category.init(rawValue:))
            ?? (Self.conditions.contains(self.type) ? .condition : Self.samples.contains(self.type) ? .sample : .event)
        subType = line["subType"]?.text
        name = line["name"]?.text
        units = line["units"]?.text
    }

    private static let conditions: Set<String> = [
        "ACTUATOR", "COMMUNICATIONS", "HARDWARE", "LOGIC_PROGRAM", "MOTION_PROGRAM", "SYSTEM",
    ]
    private static let samples: Set<String> = [
        "ACCUMULATED_TIME", "ANGLE", "AMPERAGE", "CYCLE_COUNT", "ELECTRICAL_ENERGY", "EQUIPMENT_TIMER", "FLOW",
        "LENGTH",
        "LOAD", "MASS", "PATH_FEEDRATE", "POSITION", "POWER_FACTOR", "PRESSURE", "PROCESS_TIMER", "ROTARY_VELOCITY",
        "SPINDLE_SPEED", "TEMPERATURE", "TORQUE", "VELOCITY", "VOLTAGE", "WATTAGE",
    ]

    /// `PartCount` and `PART_COUNT` become `PART_COUNT`.
    private static func upper(_ type: String) -> String {
        if !type.contains(where: \.isLowercase) { return type }
        var result = ""
        for letter in type {
            if letter.isUppercase, !result.isEmpty { result += "_" }
            result += letter.uppercased()
        }
        return result
    }

    /// `PART_COUNT` and `PartCount` become `PartCount`.
    private static func pascal(_ type: String) -> String {
        if type.contains(where: \.isLowercase) { return type }
        return type.split(separator: "_").map { $0.prefix(1) + $0.dropFirst().lowercased() }.joined()
    }
}

/// One observation of a data item.
struct ReplayObservation {
    /// The data item's place in the timeline's list.
    let item: Int
    let time: ReplayTime
    let value: String
    var resetTriggered: String?
    var nativeCode: String?
    var message: String?

    /// Takes what the line says of it.
    init(item: Int, time: ReplayTime, _ line: Value) {
        self.init(item: item, time: time, value: line["value"]?.plainText ?? Self.unavailable)
        resetTriggered = line["resetTriggered"]?.text
        nativeCode = line["nativeCode"]?.plainText
        message = line["message"]?.text
    }

    /// A bare value.
    init(item: Int, time: ReplayTime, value: String) {
        (self.item, self.time, self.value) = (item, time, value)
    }

    /// What an agent says of an item it knows nothing of.
    static let unavailable = "UNAVAILABLE"
}
#endif
