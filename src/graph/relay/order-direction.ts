import { registerEnumType } from 'type-graphql';

export enum OrderDirection {
  ASC = 'ASC',
  DESC = 'DESC',
}

registerEnumType(OrderDirection, {
  name: 'OrderDirection',
  description: 'The direction in which a list is ordered.',
  valuesConfig: {
    ASC: { description: 'Ascending: from the lowest to the highest value, from the earliest to the latest time.' },
    DESC: { description: 'Descending: from the highest to the lowest value, from the latest to the earliest time.' },
  },
});
