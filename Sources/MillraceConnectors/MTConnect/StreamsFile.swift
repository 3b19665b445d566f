import MillraceCore
import MillraceXML

/// Reads a recorded Streams document page by page.
///
/// A document cannot be taken up in its middle, so a reader that goes on from there feeds all before it again, in the same pieces,
/// and forgets its rows.
final class StreamsFile {
    private static let pieceBytes = 256 << 10
    private let reader: DropReader
    private let size: Int64
    private let handler: StreamsReader
    private let parser: XMLPushParser
    private var fed: Int64 = 0

    init(_ reader: DropReader, size: Int64, prefix: String, devices: [String]) {
        self.reader = reader
        self.size = size
        handler = StreamsReader(prefix: prefix, devices: devices)
        parser = XMLPushParser(names: StreamsReader.names, handler: handler)
    }

    /// The page behind `offset`, and where it ends. The last page ends where the document does, also where it breaks off.
    func page(from offset: Int64, name: String) throws(DropReader.Failure) -> (page: FilePage, end: Int64) {
        var page = FilePage(source: handler.batch.source, names: [], line: 1, phase: .rows)
        do throws(Trouble) {
            while fed < offset { try feed() }
            _ = handler.drain()
            // A piece of the largest size holds less than a fifth of the rows of a page.
            while fed < size, handler.count < FilePage.rowLimit * 4 / 5,
                handler.setAsideCount < FilePage.setAsideLimit
            {
                try feed()
            }
            if fed >= size { try finish() }
        } catch {
            switch error {
            case .reading(let failure): throw failure
            case .document(let line, let sentence):
                fed = size
                let place = Place(source: name, position: offset)
                page.setAside.append(
                    SetAside(
                        place: place, line: line, field: nil, reason: .unreadable,
                        sentence: "\(name): \(sentence); the rest of the document is not read", content: []))
            }
        }
        let (batch, setAside) = handler.drain()
        page.batch = batch.sortedByPosition()
        page.setAside += setAside
        return (page, fed)
    }

    private enum Trouble: Error {
        case reading(DropReader.Failure)
        case document(line: Int64?, String)
    }

    private func feed() throws(Trouble) {
        let piece: [UInt8]
        do throws(DropReader.Failure) {
            piece = try reader.read(at: fed, count: Int(min(Int64(Self.pieceBytes), size - fed)))
        } catch {
            throw .reading(error)
        }
        guard !piece.isEmpty else {
            fed = size
            return
        }
        fed += Int64(piece.count)
        try parse { () throws(XMLFault) in try parser.feed(piece) }
    }

    private func finish() throws(Trouble) {
        try parse { () throws(XMLFault) in try parser.finish() }
        if handler.root != "MTConnectStreams" {
            let hint =
                handler.root == "MTConnectDevices" ? ", which says what a machine can tell and not what it tells" : ""
            throw .document(line: 1, "this is no MTConnectStreams document but \(handler.root.prefix(60))\(hint)")
        }
    }

    private func parse(_ step: () throws(XMLFault) -> Void) throws(Trouble) {
        do throws(XMLFault) { try step() } catch { throw .document(line: Int64(error.line), error.description) }
    }
}
