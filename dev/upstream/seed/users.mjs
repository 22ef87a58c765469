// Two users: one may see the private applications of `acme`, the other only public applications.
export const users = {
  owner: { id: 11, username: 'ada', organizations: ['acme'] },
  stranger: { id: 12, username: 'bob', organizations: [] },
};
