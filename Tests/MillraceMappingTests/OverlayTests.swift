import MillraceCore
import MillraceMapping
import MillraceTesting
import MillraceValues
import MillraceYAML
import Testing

@Suite("Site overlays")
struct OverlayTests {
    private static let base = """
        mapping: confirmation
        from:
          fact: production-count
          where: operation = "0010"
          per: [order, operation, equipment]
          window: shift
        to: {endpoint: erp, request: confirm}
        tables:
          work-center: {file: ../../tables/work-centers.csv, key: equipment, value: erp}
        let:
          pieces: good + scrap
        fields:
          Order: order
          Yield:
            fields:
              value: {from: good, type: decimal, scale: 1}
              unit:  {value: EA}
          Scrap: {from: scrap, type: integer}
          All:
            expr: |
              $pieces
        checks:
          - {name: too many, when: good > 100, sentence: more than a shift can make}
        tests:
          - name: a shift
            given: {order: "4711", operation: "0010", equipment: P1, shift: early, good: 40, scrap: 1}
            expect: {Order: "4711"}
          - name: too many
            given: {order: "4711", operation: "0010", equipment: P1, shift: early, good: 101, scrap: 1}
            expect: {parked: {code: checks}}
        """

    private static let overlay = """
        mapping: plant-2
        extends: base/confirmation.yaml
        remove: [fields.Scrap, fields.Yield.unit, tests.too many]
        from: {where: 'operation = "0020"'}
        fields:
          Order: {from: order, type: string, pad: {left: "0", length: 8}}
          Yield: {fields: {uom: {value: ST}}}
          Work: {from: equipment, table: work-center}
        checks:
          - {name: too many, when: good > 50, sentence: more than plant 2 can make}
        tests:
          - name: a shift
            given: {order: "4711", operation: "0020", equipment: P1, shift: early, good: 40, scrap: 1}
            expect: {Order: "00004711", Yield: {value: 40.0, uom: ST}, Work: WC-17}
        """

    private func site(_ base: String = Self.base) throws -> TestSite {
        var site = try TestSite()
        site.tables["mappings/base/confirmation.yaml"] = base
        return site
    }

    private let inputs = ValueObject([
        "order": "4711", "operation": "0020", "equipment": "P1", "shift": "early", "good": 40, "scrap": 1, "key": "k",
        "revision": 1,
    ])

    private func told(_ text: String, _ site: TestSite) -> [String] {
        site.parse(text).diagnostics.map {
            "\($0.file):\($0.line):\($0.column) \($0.code.rawValue) \($0.sentence) | \($0.sourceLine)"
        }
    }

    @Test func `rules are replaced, added and removed by their names, and the rest stays`() throws {
        let mapping = try site().document(Self.overlay)

        #expect(
            JSONWriter.text(try mapping.body(for: inputs))
                == #"{"Order":"00004711","Yield":{"value":40.0,"uom":"ST"},"All":41,"Work":"WC-17"}"#)
        #expect(mapping.name == "plant-2")
        #expect(mapping.tests.map(\.name) == ["a shift"])
        #expect(mapping.tests.map { mapping.run($0).differences } == [[]])
        #expect(mapping.plan.window == .shift)
        var many = inputs
        many["good"] = 60
        let fault = #expect(throws: MappingFault.self) { try mapping.body(for: many) }
        #expect(fault?.description == "more than plant 2 can make (mappings/test.yaml:10:5)")
    }

    @Test
    func `R18: the version is that of the text and of the text it extends; a document's, of the rows that it used too`()
        throws
    {
        let mapping = try site().document(Self.overlay)
        let version = mapping.version

        #expect(try site().document(Self.overlay).version == version)
        #expect(try site().document(Self.overlay + "\n").version != version)
        #expect(try site(Self.base + "\n").document(Self.overlay).version != version)
        var other = try site()
        other.tables["tables/work-centers.csv"] = "equipment,erp\nP1,WC-18\n"
        let edited = try other.document(Self.overlay)
        other.tables["tables/work-centers.csv"] = "erp;note;equipment\nWC-9;new;P9\nWC-17;;P1\n"
        let longer = try other.document(Self.overlay)
        #expect(edited.version == version && longer.version == version)

        func uses(_ mapping: DocumentMapping, _ equipment: String) throws -> [TableUse] {
            var inputs = inputs
            inputs["equipment"] = .string(equipment)
            let uses = TableUses()
            _ = try? uses.noting { try mapping.body(for: inputs) }  // try?: no row is an answer too
            return uses.all
        }
        let used = try uses(mapping, "P1")
        #expect(used.map(\.value) == [["work-center", ["P1"], .null, "WC-17"]])
        #expect(used.map { TableUse($0.value) } == used)
        #expect(mapping.version(using: used) != version)
        #expect(try longer.version(using: uses(longer, "P1")) == mapping.version(using: used))
        #expect(try edited.version(using: uses(edited, "P1")) != mapping.version(using: used))
        #expect(longer.answers(alike: used) && !edited.answers(alike: used))
        // No row is an answer as well: a row that comes later makes another version.
        let none = try uses(mapping, "P9")
        #expect(none.map(\.answer) == [Value?.none])
        #expect(mapping.answers(alike: none) && !longer.answers(alike: none))
        #expect(mapping.version(using: []) == version)
    }

    @Test func `a fault points into the file that holds the line`() throws {
        let base = Self.base
            .replacing("      $pieces", with: "      $piecs +\n        goood")
            .replacing("Scrap: {from: scrap, type: integer}", with: "Scrap: {from: scrp, type: integr}")
        let overlay = """
            mapping: plant-2
            extends: base/confirmation.yaml
            fields:
              Order: {from: ordr}
            """

        #expect(
            told(overlay, try site(base)) == [
                "mappings/base/confirmation.yaml:18:17 MR013 there is no input 'scrp'; did you mean 'scrap'? |   Scrap: {from: scrp, type: integr}",
                "mappings/base/confirmation.yaml:18:29 MR007 'type' is one of string, integer, decimal, time, boolean, array, not 'integr'; did you mean 'integer'? |   Scrap: {from: scrp, type: integr}",
                "mappings/base/confirmation.yaml:21:7 MR013 '$piecs' is no value of 'let' that stands before; did you mean 'pieces'? |       $piecs +",
                "mappings/base/confirmation.yaml:22:9 MR013 there is no input 'goood'; did you mean 'good'? |         goood",
                "mappings/test.yaml:4:17 MR013 there is no input 'ordr'; did you mean 'order'? |   Order: {from: ordr}",
            ])
    }

    @Test func `a fault while a document is made names the file that holds the rule`() throws {
        let mapping = try site().document(
            "mapping: plant-2\nextends: base/confirmation.yaml\nfields: {Flag: {from: order, type: boolean}}")
        let other = try site(Self.base.replacing("      $pieces", with: "      order + 1")).document(
            "mapping: plant-2\nextends: base/confirmation.yaml")

        let first = #expect(throws: MappingFault.self) { try mapping.body(for: inputs) }
        let second = #expect(throws: MappingFault.self) { try other.body(for: inputs) }

        #expect(first?.place == "mappings/test.yaml:3:16")
        #expect(second?.place == "mappings/base/confirmation.yaml:21:7")
    }

    @Test func `a name that is not there cannot be removed, and a base that is not there cannot be extended`() throws {
        var site = try site()
        site.tables["mappings/round.yaml"] = "mapping: round\nextends: test.yaml\n"
        site.tables["mappings/broken.yaml"] = "mapping: [\n"

        #expect(
            told("mapping: a\nextends: base/confirmation.yaml\nremove: [fields.Yield.unitt, check, checks.few]", site)
                == [
                    "mappings/test.yaml:3:10 MR061 there is no 'unitt' to remove in mappings/base/confirmation.yaml; did you mean 'unit'? | remove: [fields.Yield.unitt, check, checks.few]",
                    "mappings/test.yaml:3:30 MR061 there is no 'check' to remove in mappings/base/confirmation.yaml; did you mean 'checks'? | remove: [fields.Yield.unitt, check, checks.few]",
                    "mappings/test.yaml:3:37 MR061 there is no 'few' to remove in mappings/base/confirmation.yaml; known are 'too many' | remove: [fields.Yield.unitt, check, checks.few]",
                ])
        #expect(
            told("mapping: a\nextends: nowhere.yaml", site) == [
                "mappings/test.yaml:2:10 MR061 the mapping mappings/nowhere.yaml cannot be read: there is no such file | extends: nowhere.yaml"
            ])
        #expect(
            told("mapping: a\nextends: shift-confirmation", site) == [
                "mappings/test.yaml:2:10 MR061 the ready-made mapping 'shift-confirmation' cannot be read: there is no such file | extends: shift-confirmation"
            ])
        #expect(
            told("mapping: a\nextends: round.yaml", site) == [
                "mappings/round.yaml:2:10 MR061 a mapping cannot extend itself: 'mappings/test.yaml' extends 'mappings/round.yaml' extends 'mappings/test.yaml' | extends: test.yaml"
            ])
        #expect(
            told("mapping: a\nextends: broken.yaml", site).map { $0.prefix(36) } == [
                "mappings/broken.yaml:3:1 MR001 the Y"
            ])
        #expect(
            told("mapping: a\nremove: [x]\nto: {fact: downtime}", site).contains {
                $0.hasPrefix("mappings/test.yaml:2:1 MR061 'remove' takes rules away")
            })
    }

    @Test func `a ready-made mapping is extended by its name, and its tables lie where the overlay says`() throws {
        var site = try TestSite()
        site.tables["ready-made:shift.yaml"] = Self.base.replacing("../../tables", with: "../tables")

        let mapping = try site.document(
            "extends: shift\nfields: {Work: {from: equipment, table: work-center}}\nremove: from.where")

        #expect(mapping.name == "confirmation")
        #expect(try mapping.body(for: inputs)["Work"] == "WC-17")
    }

    @Test func `an overlay of an overlay`() throws {
        var site = try site()
        site.tables["mappings/region.yaml"] = Self.overlay

        let mapping = try site.document("mapping: plant-3\nextends: region.yaml\nfields: {Order: {value: none}}")

        #expect(try mapping.body(for: inputs)["Order"] == "none")
        #expect(try mapping.body(for: inputs)["Work"] == "WC-17")
    }

    @Test func `a reading mapping is extended too`() throws {
        var site = try TestSite()
        site.tables["mappings/base.yaml"] = """
            mapping: counts
            from:
              connector: line
              signals: {parts: {type: PART_COUNT}, mode: {type: MODE}}
            to: {fact: production-count}
            fields:
              equipment: device
              order: {value: none}
              operation: {value: none}
              good: {counter: parts, modulus: 65536}
            count-when: mode = "AUTOMATIC"
            """

        let mapping = try site.reading(
            """
            extends: base.yaml
            remove: [count-when, from.signals.mode]
            from: {connector: hall-2}
            fields: {good: {counter: parts, width: int16}}
            """)

        #expect(mapping.connectors == ["hall-2"])
        guard case .counts(let plan) = mapping.plan else { return #expect(Bool(false), "counts") }
        #expect(plan.countWhen == nil)
    }

    @Test func `the whole mapping is shown with the origin of each rule, and is a mapping file again`() throws {
        let site = try site()

        let merged = MappingFile.merged(
            text: Self.overlay, file: "mappings/test.yaml", tables: site.source)

        #expect(merged.diagnostics.isEmpty)
        #expect(merged.files == ["mappings/test.yaml", "mappings/base/confirmation.yaml"])
        #expect(
            merged.annotated == """
                mapping: plant-2                                                          # mappings/test.yaml:1
                from:                                                                     # mappings/test.yaml:4
                  fact: production-count                                                  # mappings/base/confirmation.yaml:3
                  where: 'operation = "0020"'                                             # mappings/test.yaml:4
                  per: [order, operation, equipment]                                      # mappings/base/confirmation.yaml:5
                  window: shift                                                           # mappings/base/confirmation.yaml:6
                to:                                                                       # mappings/base/confirmation.yaml:7
                  endpoint: erp                                                           # mappings/base/confirmation.yaml:7
                  request: confirm                                                        # mappings/base/confirmation.yaml:7
                tables:                                                                   # mappings/base/confirmation.yaml:8
                  work-center: {file: "../tables/work-centers.csv", key: equipment, value: erp}  # mappings/base/confirmation.yaml:9
                let:                                                                      # mappings/base/confirmation.yaml:10
                  pieces: good + scrap                                                    # mappings/base/confirmation.yaml:11
                fields:                                                                   # mappings/test.yaml:5
                  Order: {from: order, type: string, pad: {left: "0", length: 8}}         # mappings/test.yaml:6
                  Yield:                                                                  # mappings/test.yaml:7
                    fields:                                                               # mappings/test.yaml:7
                      value: {from: good, type: decimal, scale: 1}                        # mappings/base/confirmation.yaml:16
                      uom: {value: ST}                                                    # mappings/test.yaml:7
                  All:                                                                    # mappings/base/confirmation.yaml:19
                    expr: |                                                               # mappings/base/confirmation.yaml:20
                      $pieces
                  Work: {from: equipment, table: work-center}                             # mappings/test.yaml:8
                checks:                                                                   # mappings/test.yaml:9
                  - {name: too many, when: good > 50, sentence: more than plant 2 can make}  # mappings/test.yaml:10
                tests:                                                                    # mappings/test.yaml:11
                  - name: a shift                                                         # mappings/test.yaml:12
                    given: {order: "4711", operation: "0020", equipment: P1, shift: early, good: 40, scrap: 1}  # mappings/test.yaml:13
                    expect: {Order: "00004711", Yield: {value: 40.0, uom: ST}, Work: WC-17}  # mappings/test.yaml:14

                """)
        let again = try site.document(merged.yaml)
        let first = try site.document(Self.overlay)
        #expect(try again.body(for: inputs) == first.body(for: inputs))
        #expect(again.tests.map { again.run($0).differences } == [[]])
    }
}
