SELECT 'RXX' AS organisation, 'pas' AS source, no AS event_id, person AS local_id, 'OP' AS dataset, seen AS start, seen AS "end",
    hrg AS code, tfc AS specialty, pod AS point_of_delivery_code, pathway AS patient_pathway_identifier,
    issuer AS organisation_identifier__patient_pathway_identifier_issuer_
FROM read_csv('data/clinics.csv')
