import { attribute, complex, type SchemaDeclaration } from './attribute.js';

/** The schema URN of RFC 7643 §4.3. */
export const ENTERPRISE_URN = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User';

/** The enterprise User extension, RFC 7643 §4.3. */
export const ENTERPRISE_USER: SchemaDeclaration = {
  urn: ENTERPRISE_URN,
  name: 'EnterpriseUser',
  description: 'Enterprise User',
  attributes: [
    attribute('employeeNumber', 'The identifier that the organization assigned to the user.'),
    attribute('costCenter', 'The name of a cost center.'),
    attribute('organization', 'The name of an organization.'),
    attribute('division', 'The name of a division.'),
    attribute('department', 'The name of a department.'),
    complex('manager', "The user's manager.", [
      attribute('value', "The id of the manager's User resource.", { caseExact: true }),
      attribute('$ref', "The URI of the manager's User resource.", {
        type: 'reference',
        referenceTypes: ['User'],
        caseExact: true,
        derived: true,
      }),
      attribute('displayName', 'The displayName of the manager.', { mutability: 'readOnly' }),
    ]),
  ],
};
