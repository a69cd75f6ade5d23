SELECT 'RXX' AS organisation, 'pas' AS source, id AS local_id, nhs AS nhs_number, first AS given_name, last AS family_name,
    born AS birth_date, sex, postcode, status AS nhs_number_status_indicator_code
FROM read_csv('data/people.csv')
