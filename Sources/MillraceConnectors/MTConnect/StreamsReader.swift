// Hot path: every tag of a document passes here. Guarded by `script/bench`.

import MillraceCore
import MillraceValues
import MillraceXML

/// Takes the observations out of a Streams document, the errors out of an Error and the devices out of a Devices document.
///
/// Elements go by their local names, so that every version and every vendor's namespace is read alike.
final class StreamsReader: XMLHandler {
    private let devices: Set<String>
    /// The local name of the root.
    private(set) var root = ""
    private(set) var header = StreamsHeader()
    /// The first error code of an Error document, and its words.
    private(set) var errorCode: String?
    private(set) var errorText = ""
    /// The devices that a Devices document names, by name and UUID.
    private(set) var probed: Set<String> = []
    private var table: ObservationTable
    private var isWanted = true
    /// How deep the element of a category is, while inside one.
    private var categoryDepth: Int?

    static let names = XMLNames(StreamsName.allCases.map(\.text))

    /// A reader; `prefix` is what stands before the instance in the source of a place, `devices` empty wants all.
    init(prefix: String, devices: [String]) {
        self.devices = Set(devices)
        table = ObservationTable(prefix: prefix)
    }

    /// The readings so far.
    var batch: ReadingBatch { table.batch }
    /// How many readings there are so far.
    var count: Int { table.batch.count }
    /// How many observations were set aside so far.
    var setAsideCount: Int { table.setAside.count }

    /// The readings so far, and what was set aside; the reader goes on with empty ones.
    func drain() -> (batch: ReadingBatch, setAside: [SetAside]) { table.drain() }

    func startElement(_ tag: XMLTag) throws(XMLFault) {
        if let categoryDepth {
            guard isWanted else { return }
            return tag.depth == categoryDepth + 1 ? table.begin(tag) : table.beginEntry(tag)
        }
        if tag.depth == 0 {
            root = tag.localName
            return
        }
        switch StreamsName(rawValue: tag.name) {
        case .header: readHeader(tag)
        case .deviceStream:
            let (name, uuid) = (text(tag, .name), text(tag, .uuid))
            isWanted =
                devices.isEmpty || name.map(devices.contains) ?? false || uuid.map(devices.contains) ?? false
            table.begin(device: name, uuid)
        case .componentStream: table.begin(component: text(tag, .component), text(tag, .componentId))
        case .samples: begin("SAMPLE", tag)
        case .events: begin("EVENT", tag)
        case .condition: begin("CONDITION", tag)
        case .device:
            if let name = text(tag, .name) { probed.insert(name) }
            if let uuid = text(tag, .uuid) { probed.insert(uuid) }
        default: if errorCode == nil, let code = text(tag, .errorCode) { errorCode = code }
        }
    }

    func endElement(_ tag: XMLTag) throws(XMLFault) {
        if let categoryDepth {
            if tag.depth == categoryDepth {
                self.categoryDepth = nil
            } else if isWanted {
                if tag.depth == categoryDepth + 1 { table.end(tag) } else { table.endEntry(tag) }
            }
        } else if errorCode != nil, errorText.isEmpty, tag.isLeaf {
            errorText = String(decoding: ObservationTable.trimmed(tag.text), as: UTF8.self)
        }
    }

    private func begin(_ category: String, _ tag: XMLTag) {
        categoryDepth = tag.depth
        table.begin(category: category)
    }

    private func readHeader(_ tag: XMLTag) {
        header.instanceId = text(tag, .instanceId) ?? ""
        header.firstSequence = text(tag, .firstSequence).flatMap { Int64($0) }
        header.lastSequence = text(tag, .lastSequence).flatMap { Int64($0) }
        header.nextSequence = text(tag, .nextSequence).flatMap { Int64($0) }
        header.creationTime = text(tag, .creationTime).flatMap { Instant(iso8601: $0) }
        header.deviceModelChangeTime = text(tag, .deviceModelChangeTime)
        table.begin(instance: header.instanceId)
    }

    private func text(_ tag: XMLTag, _ name: StreamsName) -> String? { tag.string(of: name.rawValue) }
}
