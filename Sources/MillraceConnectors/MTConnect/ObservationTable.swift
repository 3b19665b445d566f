// Hot path: every observation passes here. Guarded by `script/bench`.

import MillraceCore
import MillraceValues
import MillraceXML

/// The rows of the observations of a document, as far as they were read.
///
/// A struct, so that the reader's one access to it is checked once for each tag and not once for each property.
struct ObservationTable {
    private(set) var batch: ReadingBatch
    private(set) var setAside: [SetAside] = []
    private let prefix: String
    private var instanceId = ""

    private var device: (name: String?, uuid: String?) = (nil, nil)
    private var component: (name: String?, id: String?) = (nil, nil)
    private var category = ""
    /// The fields that all observations of a category of a component share; empty where they are to be made anew.
    private var template: [FieldSpan] = []
    /// Texts of this batch that stand in it once.
    private var shared: [String: FieldSpan] = [:]
    private var types: [String: FieldSpan] = [:]
    /// The type of the observation before, by the identity of its element's name; 0 for none.
    private var lastType: (identity: UInt, span: FieldSpan) = (0, .absent)
    /// The observation that was begun, and whether it is still open.
    private var row: [FieldSpan] = []
    private var isOpen = false
    private var sequence: Int64?
    private var instant: Instant?
    private var isReset = false
    private var entries = 0
    /// How many rows of the batch are entries of it.
    private var openRows = 0
    private var line = 0
    private var entry: (key: String, isRemoved: Bool, cells: Int)?
    private var cell: String?

    init(prefix: String) {
        self.prefix = prefix
        batch = Self.empty(prefix)
    }

    private static func empty(_ source: String) -> ReadingBatch {
        var batch = ReadingBatch(source: source, names: ObservationField.names)
        batch.numbering = .instance
        return batch
    }

    /// The batch so far, and what was set aside; the table goes on with empty ones.
    ///
    /// An observation that is open goes on in the new batch, with all that is known of it and the entries it had so far.
    mutating func drain() -> (batch: ReadingBatch, setAside: [SetAside]) {
        var result = (batch, setAside)
        batch = Self.empty(instanceId.isEmpty ? prefix : prefix + "/" + instanceId)
        setAside = []
        forgetShared()
        guard isOpen else { return result }
        row = row.map { $0.isAbsent ? $0 : append(result.0.bytes[$0.range]) }
        let first = result.0.count - openRows
        if openRows == 0 { return result }
        for number in first..<result.0.count {
            if result.0.resets.remove(number) != nil { batch.resets.insert(batch.count) }
            batch.positions.append(result.0.positions[number])
            batch.instants.append(result.0.instants[number])
        }
        let begin = first * ObservationField.names.count
        batch.spans += result.0.spans[begin...].map { $0.isAbsent ? $0 : append(result.0.bytes[$0.range]) }
        result.0.spans.removeSubrange(begin...)
        result.0.positions.removeSubrange(first...)
        result.0.instants.removeSubrange(first...)
        return result
    }

    private mutating func forgetShared() {
        shared.removeAll(keepingCapacity: true)
        types.removeAll(keepingCapacity: true)
        (template, lastType) = ([], (0, .absent))
    }

    /// The agent's instance, which is part of every place from here on.
    mutating func begin(instance: String) {
        instanceId = instance
        _ = drain()
    }

    mutating func begin(device name: String?, _ uuid: String?) { (device, template) = ((name, uuid), []) }

    mutating func begin(component name: String?, _ id: String?) { (component, template) = ((name, id), []) }

    mutating func begin(category: String) { (self.category, template) = (category, []) }

    // MARK: observations

    /// An observation begins.
    mutating func begin(_ tag: XMLTag) {
        if template.isEmpty { makeTemplate() }
        // Field by field, for assigned whole it would be copied to a new place for each observation.
        for index in template.indices { row[index] = template[index] }
        isOpen = true
        (sequence, instant, isReset, entries, openRows, line) = (nil, nil, false, 0, 0, 0)
        let isCondition = category == "CONDITION"
        let bytes = tag.bytes
        for position in 0..<tag.attributeCount {
            let (code, range) = tag.attribute(at: position)
            guard let name = StreamsName(rawValue: code) else { continue }
            switch name {
            case .dataItemId: set(.dataItem, append(bytes[range]))
            case .name: set(.name, append(bytes[range]))
            case .subType: set(.subType, append(bytes[range]))
            case .nativeCode: set(.nativeCode, append(bytes[range]))
            case .conditionId: set(.conditionId, append(bytes[range]))
            case .type where isCondition: set(.type, append(bytes[range]))
            case .resetTriggered:
                set(.resetTriggered, append(bytes[range]))
                isReset = true
            case .sequence:
                set(.sequence, append(bytes[range]))
                sequence = Self.number(bytes, range)
            case .timestamp: instant = Self.instant(bytes, range)
            default: break
            }
        }
        if isCondition {
            let local = tag.localName
            set(.value, share(local == "Unavailable" ? "UNAVAILABLE" : local))
        } else {
            set(.type, type(of: tag))
        }
        if sequence == nil || instant == nil { line = tag.fault("").line }
    }

    /// The observation ends; for one without entries its text is the value.
    mutating func end(_ tag: XMLTag) {
        isOpen = false
        if entries > 0 { return }
        set(category == "CONDITION" ? .text : .value, append(Self.trimmed(tag.text)))
        add()
    }

    /// An entry of a set or a cell of a table begins.
    mutating func beginEntry(_ tag: XMLTag) {
        let key = tag.string(of: StreamsName.key.rawValue) ?? ""
        switch StreamsName(rawValue: tag.name) {
        case .entry: entry = (key, tag.string(of: StreamsName.removed.rawValue) == "true", 0)
        case .cell: cell = key
        default: break
        }
    }

    /// It ends: a row of its own. Of an entry that was removed the value is unknown.
    mutating func endEntry(_ tag: XMLTag) {
        guard let entry else { return }
        switch StreamsName(rawValue: tag.name) {
        case .cell:
            guard let cell else { return }
            addEntry("\(entry.key)/\(cell)", append(Self.trimmed(tag.text)))
            self.entry?.cells += 1
            self.cell = nil
        case .entry:
            let value = entry.isRemoved ? share("UNAVAILABLE") : append(Self.trimmed(tag.text))
            if entry.cells == 0 { addEntry(entry.key, value) }
            self.entry = nil
        default: break
        }
    }

    private mutating func addEntry(_ key: String, _ value: FieldSpan) {
        entries += 1
        set(.key, share(key))
        set(.value, value)
        let before = batch.count
        add()
        openRows += batch.count - before
    }

    /// Adds the row, or sets it aside where its place or time cannot be read.
    private mutating func add() {
        if let sequence, let instant {
            if isReset { batch.resets.insert(batch.count) }
            batch.spans.append(contentsOf: row)
            batch.positions.append(sequence)
            batch.instants.append(instant)
            return
        }
        let what = sequence == nil ? "sequence" : "timestamp"
        let content = row.map { $0.text(in: batch.bytes) }.joined(separator: " ")
        setAside.append(
            SetAside(
                place: Place(source: batch.source, position: sequence ?? 0), line: Int64(line), field: what,
                reason: .unreadable, sentence: "an observation whose \(what) cannot be read; mend its adapter or agent",
                content: Array(content.utf8)))
    }

    // MARK: fields

    private mutating func makeTemplate() {
        row = [FieldSpan](repeating: .absent, count: ObservationField.names.count)
        if let name = device.name ?? device.uuid { set(.device, share(name)) }
        if let uuid = device.uuid { set(.deviceUuid, share(uuid)) }
        if let name = component.name { set(.component, share(name)) }
        if let id = component.id { set(.componentId, share(id)) }
        set(.category, share(category))
        template = row
    }

    private mutating func set(_ field: ObservationField, _ span: FieldSpan) { row[field.rawValue] = span }

    private mutating func type(of tag: XMLTag) -> FieldSpan {
        let identity = tag.nameIdentity
        if lastType.identity == identity { return lastType.span }
        let local = tag.localName
        let span = types[local] ?? share(ObservationType.type(ofElement: local))
        types[local] = span
        lastType = (identity, span)
        return span
    }

    private mutating func append(_ bytes: ArraySlice<UInt8>) -> FieldSpan {
        let start = batch.bytes.count
        batch.bytes.append(contentsOf: bytes)
        return FieldSpan(start: UInt32(truncatingIfNeeded: start), length: UInt32(truncatingIfNeeded: bytes.count))
    }

    private mutating func share(_ text: String) -> FieldSpan {
        if let span = shared[text] { return span }
        let span = append(Array(text.utf8)[...])
        shared[text] = span
        return span
    }

    /// When it was so; a time that says no offset is in UTC, as all times of an agent are (MTConnect part 1, timestamp).
    private static func instant(_ bytes: [UInt8], _ range: Range<Int>) -> Instant? {
        if let instant = Instant(iso8601: bytes.span.extracting(range)) { return instant }
        let text = bytes[range] + [UInt8(ascii: "Z")]
        return Instant(iso8601: text.span)
    }

    private static func number(_ bytes: [UInt8], _ range: Range<Int>) -> Int64? {
        guard !range.isEmpty, range.count < 19 else { return nil }
        var result: Int64 = 0
        for index in range {
            let digit = bytes[index] &- 0x30
            guard digit < 10 else { return nil }
            result = result &* 10 &+ Int64(digit)
        }
        return result
    }

    /// Without the white space around it.
    static func trimmed(_ bytes: [UInt8]) -> ArraySlice<UInt8> {
        var (start, end) = (0, bytes.count)
        while start < end, bytes[start] <= 0x20 { start += 1 }
        while end > start, bytes[end - 1] <= 0x20 { end -= 1 }
        return bytes[start..<end]
    }
}
