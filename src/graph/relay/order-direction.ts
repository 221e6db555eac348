import { registerEnumType } from 'type-graphql';

export enum OrderDirection {
  ASC = 'ASC',
  DESC = 'DESC',
}

registerEnumType(OrderDirection, {
  name: 'OrderDirection',
  description: 'In which direction a list is ordered.',
  valuesConfig: {
    ASC: { description: 'From small to large, from early to late.' },
    DESC: { description: 'From large to small, from late to early.' },
  },
});
