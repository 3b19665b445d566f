/// The fields of an observation, in the order of a batch.
enum ObservationField: Int, CaseIterable {
    case device, deviceUuid, component, componentId, dataItem, name, type, subType, category, value, sequence
    case resetTriggered, nativeCode, key, text, conditionId

    /// The names of all, in order.
    static let names = allCases.map { "\($0)" }
}

/// The names of MTConnect that the reader knows by number.
enum StreamsName: Int, CaseIterable {
    case header = 0, deviceStream, componentStream, samples, events, condition, entry, cell
    case instanceId, firstSequence, lastSequence, nextSequence, creationTime, deviceModelChangeTime
    case name, uuid, component, componentId, dataItemId, timestamp, sequence, subType, type, resetTriggered, nativeCode
    case key, removed, errorCode, device, errorMessage, conditionId

    /// How the document writes it.
    var text: String {
        switch self {
        case .header: "Header"
        case .deviceStream: "DeviceStream"
        case .componentStream: "ComponentStream"
        case .samples: "Samples"
        case .events: "Events"
        case .condition: "Condition"
        case .entry: "Entry"
        case .cell: "Cell"
        case .device: "Device"
        case .errorMessage: "ErrorMessage"
        default: "\(self)"
        }
    }
}

/// Makes the type of a data item from the name of its element.
enum ObservationType {
    /// Types whose words the letters alone do not show.
    private static let odd = [
        "MTConnectVersion": "MTCONNECT_VERSION", "PH": "PH", "DNS": "DNS", "OperatingSystem": "OPERATING_SYSTEM",
    ]
    /// What representations add to the name of an element; the type is the same.
    private static let representations = ["DataSet", "Table", "TimeSeries"]

    /// `PartCount` gives `PART_COUNT`, `PartCountDataSet` the same, `AdapterURI` `ADAPTER_URI`. The element of a vendor goes by
    /// its local name.
    static func type(ofElement local: String) -> String {
        if let known = odd[local] { return known }
        var name = local[...]
        for suffix in representations where name.hasSuffix(suffix) && name.count > suffix.count {
            name = name.dropLast(suffix.count)
        }
        if let known = odd[String(name)] { return known }
        let bytes = Array(name.utf8)
        var result: [UInt8] = []
        for (index, byte) in bytes.enumerated() {
            if isUpper(byte), index > 0, bytes[index - 1] != UInt8(ascii: "_") {
                let endsRun = index + 1 < bytes.count && isLower(bytes[index + 1])
                if !isUpper(bytes[index - 1]) || endsRun { result.append(UInt8(ascii: "_")) }
            }
            result.append(isLower(byte) ? byte - 0x20 : byte)
        }
        return String(decoding: result, as: UTF8.self)
    }

    private static func isUpper(_ byte: UInt8) -> Bool { byte >= 0x41 && byte <= 0x5A }
    private static func isLower(_ byte: UInt8) -> Bool { byte >= 0x61 && byte <= 0x7A }
}
