// Made from mappings/*.yaml by script/embed-mappings: a table, not to be edited.

extension ReadyMappings {
    /// The texts, by name.
    static let texts: [(name: String, text: String)] = [
        (
            "b2mml-performance",
            #"""
            # mappings/b2mml-performance.yaml: B2MML V07, one ProcessOperationsPerformance per order, operation, equipment and shift
            # Put MESA's published schemas beside the mappings and say 'schema: ../xsd/B2MML-OperationsPerformance.xsd' below 'xml'.
            mapping: b2mml-performance
            from:
              fact: production-count
              per: [order, operation, equipment]          # with the window, the identity of a sum: changing it is a cut-over
              window: shift
              close: {settle: 5 min, at-latest: 24 h}
            to: {endpoint: partner, request: performance}
            body:
              xml:
                root: ProcessOperationsPerformance
                namespace: http://www.mesa.org/xml/B2MML
            fields:
              "@releaseID": {value: "0701"}
              ApplicationArea:
                fields:
                  Sender: {fields: {LogicalID: {value: MILLRACE}, ConfirmationCode: {value: OnError}}}
                  CreationDateTime: end                   # never the clock: the same facts give the same bytes
                  BODID: key
              DataArea:
                fields:
                  Process: {fields: {"@acknowledgeCode": {value: Always}}}
                  OperationsPerformance:
                    fields:
                      ID: key
                      PublishedDate: end
                      StartTime: {from: start, type: time, zone: site, format: "yyyy-MM-dd'T'HH:mm:ssXXX"}
                      Endtime:   {from: end,   type: time, zone: site, format: "yyyy-MM-dd'T'HH:mm:ssXXX"}
                      OperationsType: {value: Production}
                      OperationsResponse:
                        fields:
                          ID: key
                          OperationsType: {value: Production}
                          OperationsRequestID: order
                          SegmentResponse:
                            fields:
                              ID: key
                              ActualStartTime: start
                              ActualEndTime: end
                              ProcessSegmentID: operation
                              EquipmentActual:
                                fields: {ID: {value: EQ-1}, EquipmentID: equipment, EquipmentUse: {value: Used}}
                              MaterialActual:             # the element once for each item
                                fields:
                                  - ID: {value: MA-GOOD}
                                    MaterialUse: {value: Produced}
                                    Quantity:
                                      fields:
                                        QuantityString: good
                                        DataType: {value: decimal}
                                        UnitOfMeasure: {value: EA}
                                        Key: {value: GOOD}
                                  - ID: {value: MA-BAD}
                                    MaterialUse: {fields: {"@OtherValue": {value: Scrap}, "#text": {value: Other}}}
                                    Quantity:
                                      fields:
                                        QuantityString: scrap
                                        DataType: {value: decimal}
                                        UnitOfMeasure: {value: EA}
                                        Key: {value: BAD}
            skip-when: good = 0 and scrap = 0
            tests:
              - name: a shift
                given: {order: WO-7, operation: "0010", equipment: M1, shift: early, production-day: 2026-03-02, good: 40, scrap: 1, start: 2026-03-02T05:00:00Z, end: 2026-03-02T13:00:00Z}
                expect:
                  ApplicationArea: {CreationDateTime: 2026-03-02T13:00:00Z}
                  DataArea:
                    OperationsPerformance:
                      OperationsResponse:
                        OperationsRequestID: WO-7
                        SegmentResponse:
                          ProcessSegmentID: "0010"
                          MaterialActual:
                            - {ID: MA-GOOD, Quantity: {QuantityString: 40, Key: GOOD}}
                            - {ID: MA-BAD, MaterialUse: {"@OtherValue": Scrap, "#text": Other}, Quantity: {QuantityString: 1}}

            """#
        ),
        (
            "mes-orders",
            #"""
            # mappings/mes-orders.yaml: which order runs on which machine from when on, as an MES or ERP exports it
            # It makes no facts itself: mappings to counts and stops name it in a look-up, and ask it by the equipment at the time of each reading:
            #   lookup: {job: {timeline: mes-orders}}
            #   fields: {order: job.order, operation: job.operation, material: job.material}
            mapping: mes-orders
            from: {connector: mes-orders}               # csv, ndjson or json: the columns are the names below
            to: {timeline: order}
            same-when: [JobId]                          # a later row of the same JobId corrects the job; without it machine and start name it
            withdraw-when: Status = "DELETED"           # such a row takes the job back

            fields:
              equipment: Machine                        # the name that counts and stops have it under; {from: Machine, table: …} translates
              start:     {from: Begin, type: time, format: "yyyy-MM-dd HH:mm:ss", zone: site, doubled-hour: by-order}
              end:       {from: End,   type: time, format: "yyyy-MM-dd HH:mm:ss", zone: site, doubled-hour: by-order}   # empty: until the next
              order:     Order                          # empty: nothing runs from then on
              operation: Operation
              material:  Material

            tests:
              - name: a later row gives the end, and another one the next order
                given:
                  - {JobId: "1", Machine: M1, Begin: "2026-03-02 06:00:00", End: "", Order: "4711", Operation: "0010", Material: A-1}
                  - {JobId: "2", Machine: M1, Begin: "2026-03-02 08:00:00", End: "", Order: "4712", Operation: "0010", Material: A-2}
                  - {JobId: "1", Machine: M1, Begin: "2026-03-02 06:00:00", End: "2026-03-02 07:45:00", Order: "4711", Operation: "0010", Material: A-1}
                expect:
                  - {equipment: M1, start: 2026-03-02T06:00:00Z, end: 2026-03-02T07:45:00Z, order: "4711", operation: "0010", material: A-1}
                  - {equipment: M1, start: 2026-03-02T08:00:00Z, order: "4712", operation: "0010", material: A-2}
              - name: a job that was deleted is none
                given:
                  - {JobId: "1", Machine: M1, Begin: "2026-03-02 06:00:00", Order: "4711"}
                  - {JobId: "1", Machine: M1, Begin: "2026-03-02 06:00:00", Order: "4711", Status: DELETED}
                expect: []

            """#
        ),
        (
            "mes-stops",
            #"""
            # mappings/mes-stops.yaml: a table of stops, as an MES exports it, becomes downtime
            # Each row says a whole stop. Copy it, name your connector and its columns, and put in your own classes and reasons.
            mapping: mes-stops
            from: {connector: mes-stops}                # csv, ndjson or json: the columns are the names below
            to: {fact: downtime}
            same-when: [StopId]                         # a later row of the same StopId corrects the stop; without it machine and start name it
            withdraw-when: Status = "DELETED"           # such a row takes the stop back

            tables:
              classes: {rows: {S: setup, P: planned-down, F: unplanned-down, W: idle}}
              reasons: {rows: {"101": NO-MATERIAL, "202": TOOL-CHANGE, "303": QUALITY-CHECK}}

            fields:
              equipment: Machine
              start:     {from: Begin, type: time, format: "yyyy-MM-dd HH:mm:ss", zone: site, doubled-hour: by-order}
              end:       {from: End,   type: time, format: "yyyy-MM-dd HH:mm:ss", zone: site, doubled-hour: by-order}   # empty: it goes on
              class:     {from: Kind, table: classes, missing: {value: unknown}}
              reason:    {from: Code, table: reasons, missing: {value: UNREPORTED}}
              order:     {from: Order, missing: none}
            shape: {micro-stop: 2 min}
            split-at: [shift]

            tests:
              - name: a later row gives the end and the reason
                given:
                  - {StopId: "1", Machine: M1, Begin: "2026-03-02 07:00:00", End: "", Kind: F, Code: "", Order: "4711"}
                  - {StopId: "1", Machine: M1, Begin: "2026-03-02 07:00:00", End: "2026-03-02 07:30:00", Kind: F, Code: "101", Order: "4711"}
                expect: [{equipment: M1, class: unplanned-down, reason: NO-MATERIAL, order: "4711"}]
              - name: of two stops at one time the later one waits for a person
                given:
                  - {StopId: "1", Machine: M1, Begin: "2026-03-02 07:00:00", End: "2026-03-02 07:30:00", Kind: F, Code: "101"}
                  - {StopId: "2", Machine: M1, Begin: "2026-03-02 07:20:00", End: "2026-03-02 07:40:00", Kind: S, Code: "202"}
                expect:
                  - {class: unplanned-down, reason: NO-MATERIAL}
                  - {class: setup, unconfirmed: true}
              - name: a stop that was deleted is none
                given:
                  - {StopId: "1", Machine: M1, Begin: "2026-03-02 07:00:00", End: "2026-03-02 07:30:00", Kind: F, Code: "101"}
                  - {StopId: "1", Machine: M1, Begin: "2026-03-02 07:00:00", End: "2026-03-02 07:30:00", Kind: F, Code: "101", Status: DELETED}
                expect: []

            """#
        ),
        (
            "mtconnect-counts",
            #"""
            # mappings/mtconnect-counts.yaml: part counters of MTConnect machines that say their order themselves
            # Copy it, name your connector, and put in the width and the top speed of your counters. Machines that say only their program
            # need a table from program to order: samples/press-shop/mappings/press-counts.yaml.
            mapping: mtconnect-counts
            from:
              connector: machines
              signals:
                parts:   {type: PART_COUNT, subType: GOOD}
                rejects: {type: PART_COUNT, subType: BAD}
                mode:    {type: CONTROLLER_MODE}
                order:   {type: PROCESS_AGGREGATE_ID, subType: ORDER_NUMBER}
                step:    {type: PROCESS_AGGREGATE_ID, subType: PROCESS_STEP}
            to: {fact: production-count}

            fields:
              equipment: device
              time:      time
              order:     {from: order, type: string, missing: hold}      # counted, waits for an order, shown by status
              operation: {from: step, type: string, missing: hold}
              good:  {counter: parts,   modulus: 65536, max-rate: 60/min, reset: evidence, first: baseline}
              scrap: {counter: rejects, modulus: 65536, max-rate: 60/min, reset: evidence, first: baseline}

            count-when: mode = "AUTOMATIC"
            at-change: later

            tests:
              - name: a counter goes on over the end of its 16 bits
                given:
                  - {device: M1, time: 2026-03-02T06:00:00Z, order: "4711", step: "0010", mode: AUTOMATIC, parts: 65530}
                  - {device: M1, time: 2026-03-02T06:01:00Z, parts: 5}
                expect: [{equipment: M1, order: "4711", operation: "0010", good: 11}]
              - name: parts made by hand are dropped, and said so
                given:
                  - {device: M1, time: 2026-03-02T06:00:00Z, order: "4711", step: "0010", mode: AUTOMATIC, parts: 10}
                  - {device: M1, time: 2026-03-02T06:01:00Z, mode: MANUAL, parts: 12}
                  - {device: M1, time: 2026-03-02T06:02:00Z, mode: AUTOMATIC, parts: 15}
                expect: [{dropped: count-when, good: 2}, {good: 3}]
              - name: the next order begins with the next reading
                given:
                  - {device: M1, time: 2026-03-02T06:00:00Z, order: "4711", step: "0010", mode: AUTOMATIC, parts: 10}
                  - {device: M1, time: 2026-03-02T06:01:00Z, parts: 11}
                  - {device: M1, time: 2026-03-02T06:02:00Z, order: "4712"}
                  - {device: M1, time: 2026-03-02T06:03:00Z, parts: 13}
                expect: [{order: "4711", good: 1}, {order: "4712", good: 2}]

            """#
        ),
        (
            "mtconnect-stops",
            #"""
            # mappings/mtconnect-stops.yaml: states of MTConnect machines become downtime
            # Copy it, name your connector, and put in your own reason codes.
            mapping: mtconnect-stops
            from:
              connector: machines
              signals:
                available: {type: AVAILABILITY}
                stop:      {type: EMERGENCY_STOP}
                execution: {type: EXECUTION}
                function:  {type: FUNCTIONAL_MODE}
                logic:     {type: LOGIC_PROGRAM}      # conditions: Normal, Warning or Fault; the gravest that is active; of several items name one by {dataItem: …}
                motion:    {type: MOTION_PROGRAM}
                order:     {type: PROCESS_AGGREGATE_ID, subType: ORDER_NUMBER}
                code:      {name: stopReason}
            to: {fact: downtime}

            tables:
              reasons: {rows: {M12: NO-MATERIAL, T03: TOOL-CHANGE, Q77: QUALITY-CHECK}}

            fields:
              equipment: device
              time:      time
              order:     {from: order, missing: none}                    # a stop may have no order
              reason:    {from: code, table: reasons, missing: {value: UNREPORTED}}

            states:      # from the top, the first that holds
              - {when: stop = "TRIGGERED",                          class: unplanned-down, reason: ESTOP}
              - {when: available = "UNAVAILABLE",                   class: unknown}
              - {when: 'execution in ["ACTIVE"]',                   class: producing}
              - {when: 'logic = "Fault" or motion = "Fault"',       class: unplanned-down, reason: FAULT}
              - {when: 'function in ["SETUP", "TEARDOWN"]',         class: setup}
              - {when: 'function in ["MAINTENANCE"]',               class: planned-down}
              - {when: 'execution in ["READY", "PROGRAM_COMPLETED"]', class: idle}
              - {when: 'execution in ["INTERRUPTED", "FEED_HOLD", "STOPPED", "OPTIONAL_STOP", "PROGRAM_STOPPED", "WAIT"]', class: unplanned-down}
              - {otherwise: true,                                   class: unknown}
            shape: {ignore-shorter: 2 s, join-gap: 5 s, micro-stop: 2 min}
            split-at: [shift]

            tests:
              - name: flapping feed hold is one stop, and silence is not a stop
                given:
                  - {device: M1, time: 2026-03-02T06:00:00Z, available: AVAILABLE, execution: ACTIVE, code: ""}
                  - {device: M1, time: 2026-03-02T06:10:00Z, execution: FEED_HOLD, code: M12}
                  - {device: M1, time: 2026-03-02T06:10:01Z, execution: ACTIVE}
                  - {device: M1, time: 2026-03-02T06:10:02Z, execution: FEED_HOLD}
                  - {device: M1, time: 2026-03-02T06:20:00Z, execution: ACTIVE}
                  - {device: M1, time: 2026-03-02T06:30:00Z, available: UNAVAILABLE, execution: UNAVAILABLE}
                  - {device: M1, time: 2026-03-02T06:40:00Z, available: AVAILABLE, execution: ACTIVE}
                expect:
                  - {class: unplanned-down, start: 2026-03-02T06:10:00Z, end: 2026-03-02T06:20:00Z, reason: NO-MATERIAL}
                  - {class: unknown,        start: 2026-03-02T06:30:00Z, end: 2026-03-02T06:40:00Z}
              - name: a stop that nobody explained
                given:
                  - {device: M1, time: 2026-03-02T06:00:00Z, available: AVAILABLE, execution: ACTIVE, code: ""}
                  - {device: M1, time: 2026-03-02T06:10:00Z, execution: STOPPED}
                  - {device: M1, time: 2026-03-02T06:20:00Z, execution: ACTIVE}
                expect:
                  - {class: unplanned-down, start: 2026-03-02T06:10:00Z, end: 2026-03-02T06:20:00Z, reason: UNREPORTED}
              - name: an emergency stop goes before all, and a fault is the reason of the stop that it makes
                given:
                  - {device: M1, time: 2026-03-02T06:00:00Z, available: AVAILABLE, execution: ACTIVE, stop: ARMED, logic: Normal}
                  - {device: M1, time: 2026-03-02T06:10:00Z, stop: TRIGGERED}
                  - {device: M1, time: 2026-03-02T06:20:00Z, stop: ARMED}
                  - {device: M1, time: 2026-03-02T06:30:00Z, logic: Warning}
                  - {device: M1, time: 2026-03-02T06:40:00Z, logic: Fault}
                  - {device: M1, time: 2026-03-02T06:40:03Z, execution: INTERRUPTED}
                  - {device: M1, time: 2026-03-02T06:50:00Z, logic: Normal, execution: ACTIVE}
                expect:
                  - {class: unplanned-down, start: 2026-03-02T06:10:00Z, end: 2026-03-02T06:20:00Z, reason: ESTOP}
                  - {class: unplanned-down, start: 2026-03-02T06:40:03Z, end: 2026-03-02T06:50:00Z, reason: FAULT}

            """#
        ),
        (
            "shift-confirmation",
            #"""
            # mappings/shift-confirmation.yaml: one confirmation per order, operation, equipment and shift for an ERP that adds amounts up
            # Copy it, and rename the fields on the left as your ERP names them.
            mapping: shift-confirmation
            from:
              fact: production-count
              per: [order, operation, equipment]          # with the window, the identity of a sum: changing it is a cut-over
              window: shift
              close: {settle: 5 min, at-latest: 24 h}
            to: {endpoint: erp, request: confirm}
            fields:
              order:        {from: order, type: string}
              operation:    operation
              equipment:    equipment
              shift:        shift
              posting-date: production-day
              good:         {from: good,  type: decimal, digits: 13, scale: 3, round: refuse}
              scrap:        {from: scrap, type: decimal, digits: 13, scale: 3, round: refuse}
              unit:         {value: EA}
              key:          key                           # for a look-up: is it there?
            skip-when: good = 0 and scrap = 0
            tests:
              - name: a shift
                given: {order: "4711", operation: "0010", equipment: M1, shift: early, production-day: 2026-03-02, good: 40, scrap: 1}
                expect: {order: "4711", operation: "0010", equipment: M1, shift: early, posting-date: 2026-03-02, good: 40.000, scrap: 1.000, unit: EA}
              - name: two pieces too many were booked
                given: {order: "4711", operation: "0010", equipment: M1, shift: early, production-day: 2026-03-02, good: -2, scrap: 0, revision: 2}
                expect: {good: -2.000, scrap: 0.000}

            """#
        ),
    ]
}
