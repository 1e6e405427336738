// A GraphQL server with one query and one subscription. Its argument is the port.
import { buildSchema } from 'graphql';
import { useServer } from 'graphql-ws/use/ws';
import { WebSocketServer } from 'ws';

const schema = buildSchema(`
  type Query { sum(a: Int!, b: Int!): Int! }
  type Subscription { countdown(from: Int!): Int! }
`);
const roots = {
  query: { sum: ({ a, b }) => a + b },
  subscription: {
    countdown: async function* ({ from }) {
      for (let n = from; n > 0; n -= 1) yield { countdown: n };
    },
  },
};
const port = Number(process.argv[2]);
const server = new WebSocketServer({ host: '127.0.0.1', port, path: '/graphql' });
useServer({ schema, roots }, server);
server.on('listening', () => console.log('listening'));
