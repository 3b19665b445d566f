// Hot path: every observation passes here. Guarded by `script/bench`.

import MillraceCore
import MillraceValues
import MillraceXML

/// Takes the observations out of a Streams document, and the errors out of an Error document.
///
/// Elements go by their local names, so that every version and every vendor's namespace is read alike.
final class StreamsReader: XMLHandler {
    /// What is before the instance in the source of a place.
    private let prefix: String
    private let devices: Set<String>
    /// The local name of the root.
    private(set) var root = ""
    private(set) var header = StreamsHeader()
    /// The first error code of an Error document, and its words.
    private(set) var errorCode: String?
    private(set) var errorText = ""
    /// The devices that a Devices document names, by name and UUID.
    private(set) var probed: Set<String> = []
    private(set) var batch: ReadingBatch
    private(set) var setAside: [SetAside] = []
    /// Observations met, those of other devices left out.
    private(set) var observations = 0

    private var isWanted = true
    private var category: (text: String, depth: Int)?
    private var observation: Observation?
    private var entry: (key: String, isRemoved: Bool, cells: Int)?
    private var cell: String?
    private var device = Named()
    private var component = Named()
    /// Texts of this batch that stand in it once.
    private var shared: [String: FieldSpan] = [:]
    private var typeTexts: [String: String] = [:]

    static let names = XMLNames(StreamsName.allCases.map(\.text))

    /// A reader; `devices` empty wants all.
    init(prefix: String, devices: [String]) {
        self.prefix = prefix
        self.devices = Set(devices)
        batch = ReadingBatch(source: prefix, names: ObservationField.names)
    }

    /// A device or a component: two texts.
    private struct Named {
        var first: String?
        var second: String?
    }

    /// What is known of an observation at its start tag.
    private struct Observation {
        let depth: Int
        var spans: [FieldSpan]
        var sequence: Int64?
        var instant: Instant?
        var isReset: Bool
        var entries = 0
        var line: Int
    }

    /// The batch so far, and what was set aside; the reader goes on with empty ones.
    func drain() -> (batch: ReadingBatch, setAside: [SetAside]) {
        let result = (batch, setAside)
        startBatch()
        setAside = []
        return result
    }

    private func startBatch() {
        let source = header.instanceId.isEmpty ? prefix : prefix + "/" + header.instanceId
        batch = ReadingBatch(source: source, names: ObservationField.names)
        shared = [:]
    }

    func startElement(_ tag: XMLTag) throws(XMLFault) {
        if tag.depth == 0 {
            root = tag.localName
            return
        }
        if let category {
            if tag.depth == category.depth + 1 { return begin(tag, category.text) }
            return beginEntry(tag)
        }
        switch StreamsName(rawValue: tag.name) {
        case .header: readHeader(tag)
        case .deviceStream:
            device = Named(first: text(tag, .name), second: text(tag, .uuid))
            isWanted =
                devices.isEmpty || device.first.map(devices.contains) ?? false
                || device.second.map(devices.contains) ?? false
        case .componentStream: component = Named(first: text(tag, .component), second: text(tag, .componentId))
        case .samples: category = ("SAMPLE", tag.depth)
        case .events: category = ("EVENT", tag.depth)
        case .condition: category = ("CONDITION", tag.depth)
        case .device:
            if let name = text(tag, .name) { probed.insert(name) }
            if let uuid = text(tag, .uuid) { probed.insert(uuid) }
        default:
            if errorCode == nil, let code = text(tag, .errorCode) { errorCode = code }
        }
    }

    func endElement(_ tag: XMLTag) throws(XMLFault) {
        if let category {
            if tag.depth == category.depth {
                self.category = nil
            } else if tag.depth == category.depth + 1 {
                end(tag)
            } else {
                endEntry(tag)
            }
            return
        }
        if errorCode != nil, errorText.isEmpty, tag.isLeaf {
            errorText = String(decoding: trimmed(tag.text), as: UTF8.self)
        }
    }

    private func readHeader(_ tag: XMLTag) {
        header.instanceId = text(tag, .instanceId) ?? ""
        header.firstSequence = text(tag, .firstSequence).flatMap { Int64($0) }
        header.lastSequence = text(tag, .lastSequence).flatMap { Int64($0) }
        header.nextSequence = text(tag, .nextSequence).flatMap { Int64($0) }
        header.creationTime = text(tag, .creationTime).flatMap { Instant(iso8601: $0) }
        header.deviceModelChangeTime = text(tag, .deviceModelChangeTime)
        startBatch()
    }

    private func text(_ tag: XMLTag, _ name: StreamsName) -> String? { tag.string(of: name.rawValue) }

    // MARK: observations

    private func begin(_ tag: XMLTag, _ category: String) {
        guard isWanted else { return }
        observations += 1
        var spans = [FieldSpan](repeating: .absent, count: ObservationField.names.count)
        func set(_ field: ObservationField, _ span: FieldSpan?) { if let span { spans[field.rawValue] = span } }
        set(.device, device.first.map(share))
        set(.deviceUuid, device.second.map(share))
        set(.component, component.first.map(share))
        set(.componentId, component.second.map(share))
        set(.category, share(category))
        set(.dataItem, copy(tag, .dataItemId))
        set(.name, copy(tag, .name))
        set(.subType, copy(tag, .subType))
        set(.resetTriggered, copy(tag, .resetTriggered))
        set(.nativeCode, copy(tag, .nativeCode))
        set(.sequence, copy(tag, .sequence))
        let local = tag.localName
        if category == "CONDITION" {
            set(.type, copy(tag, .type))
            set(.value, share(local == "Unavailable" ? "UNAVAILABLE" : local))
        } else {
            let type = typeTexts[local] ?? ObservationType.type(ofElement: local)
            typeTexts[local] = type
            set(.type, share(type))
        }
        var instant: Instant?
        if let range = tag.value(of: StreamsName.timestamp.rawValue) {
            instant = Instant(iso8601: tag.bytes.span.extracting(range))
        }
        observation = Observation(
            depth: tag.depth, spans: spans, sequence: number(tag, .sequence), instant: instant,
            isReset: tag.value(of: StreamsName.resetTriggered.rawValue) != nil,
            line: instant == nil ? tag.fault("").line : 0)
    }

    private func end(_ tag: XMLTag) {
        guard var observation else { return }
        defer { self.observation = nil }
        if observation.entries > 0 { return }
        let isCondition = category?.text == "CONDITION"
        observation.spans[(isCondition ? ObservationField.text : .value).rawValue] = append(trimmed(tag.text))
        add(observation)
    }

    private func beginEntry(_ tag: XMLTag) {
        guard observation != nil else { return }
        switch StreamsName(rawValue: tag.name) {
        case .entry: entry = (text(tag, .key) ?? "", text(tag, .removed) == "true", 0)
        case .cell: cell = text(tag, .key) ?? ""
        default: break
        }
    }

    private func endEntry(_ tag: XMLTag) {
        guard observation != nil, let entry else { return }
        if let cell, StreamsName(rawValue: tag.name) == .cell {
            addEntry("\(entry.key)/\(cell)", trimmed(tag.text))
            self.entry?.cells += 1
            self.cell = nil
        } else if StreamsName(rawValue: tag.name) == .entry {
            if entry.cells == 0 {
                addEntry(entry.key, entry.isRemoved ? Array("UNAVAILABLE".utf8)[...] : trimmed(tag.text))
            }
            self.entry = nil
        }
    }

    private func addEntry(_ key: String, _ value: ArraySlice<UInt8>) {
        guard var row = observation else { return }
        observation?.entries += 1
        row.spans[ObservationField.key.rawValue] = share(key)
        row.spans[ObservationField.value.rawValue] = append(value)
        add(row)
    }

    /// Adds a row, or sets it aside where its place or time cannot be read.
    private func add(_ row: Observation) {
        guard let sequence = row.sequence, let instant = row.instant else {
            let what = row.sequence == nil ? "sequence" : "timestamp"
            let fields = row.spans.map { $0.text(in: batch.bytes) }.joined(separator: " ")
            let line = row.line == 0 ? nil : Int64(row.line)
            setAside.append(
                SetAside(
                    place: Place(source: batch.source, position: row.sequence ?? 0), line: line, field: what,
                    reason: .unreadable,
                    sentence: "an observation whose \(what) cannot be read; mend its adapter or agent",
                    content: Array(fields.utf8)))
            return
        }
        if row.isReset { batch.resets.insert(batch.count) }
        batch.spans.append(contentsOf: row.spans)
        batch.positions.append(sequence)
        batch.instants.append(instant)
    }

    // MARK: bytes

    private func number(_ tag: XMLTag, _ name: StreamsName) -> Int64? {
        guard let range = tag.value(of: name.rawValue), !range.isEmpty, range.count < 19 else { return nil }
        var result: Int64 = 0
        for index in range {
            let digit = tag.bytes[index] &- 0x30
            guard digit < 10 else { return nil }
            result = result &* 10 &+ Int64(digit)
        }
        return result
    }

    private func copy(_ tag: XMLTag, _ name: StreamsName) -> FieldSpan? {
        tag.value(of: name.rawValue).map { append(tag.bytes[$0]) }
    }

    private func append(_ bytes: ArraySlice<UInt8>) -> FieldSpan {
        let start = batch.bytes.count
        batch.bytes.append(contentsOf: bytes)
        return FieldSpan(start: UInt32(truncatingIfNeeded: start), length: UInt32(truncatingIfNeeded: bytes.count))
    }

    private func share(_ text: String) -> FieldSpan {
        if let span = shared[text] { return span }
        let span = append(Array(text.utf8)[...])
        shared[text] = span
        return span
    }

    private func trimmed(_ bytes: [UInt8]) -> ArraySlice<UInt8> {
        var slice = bytes[...]
        while let first = slice.first, first <= 0x20 { slice.removeFirst() }
        while let last = slice.last, last <= 0x20 { slice.removeLast() }
        return slice
    }
}
