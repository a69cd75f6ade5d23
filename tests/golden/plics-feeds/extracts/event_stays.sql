SELECT 'RXX' AS organisation, 'pas' AS source, no AS event_id, person AS local_id, 'APC' AS dataset, came AS start, left_on AS "end",
    hrg AS code, tfc AS specialty, pod AS point_of_delivery_code, episode AS episode_number,
    spell_hrg AS healthcare_resource_group_code__hospital_provider_spell_, pathway AS patient_pathway_identifier,
    issuer AS organisation_identifier__patient_pathway_identifier_issuer_, cds AS cds_unique_identifier, band AS cystic_fibrosis_banding
FROM read_csv('data/stays.csv')
