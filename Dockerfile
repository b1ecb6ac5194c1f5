# The server as an image for amd64 and arm64. Build it: docker build --tag kagura-memory .
# test/prove/image.prove.ts runs these steps without a container engine: keep to the instructions
# that it knows, and one command in each RUN.
ARG NODE_VERSION=24

FROM node:${NODE_VERSION}-slim AS build
WORKDIR /build
COPY package.json package-lock.json ./
RUN npm ci --ignore-scripts --no-audit --no-fund
COPY . .
RUN node build.mjs
RUN rm -rf dist/test dist/bench dist/node_modules/@modelcontextprotocol/sdk/client

FROM node:${NODE_VERSION}-slim AS dependencies
WORKDIR /dependencies
COPY package.json package-lock.json ./
# No package runs a script: fs-native-extensions brings its binaries for each processor.
RUN npm ci --omit=dev --ignore-scripts --no-audit --no-fund
RUN find node_modules -type f \( -name "*.map" -o -name "*.d.ts" -o -name "*.d.cts" -o -name "*.d.mts" \) -delete

FROM node:${NODE_VERSION}-slim
LABEL org.opencontainers.image.title="Kagura Memory" \
      org.opencontainers.image.description="One memory for all your AI assistants" \
      org.opencontainers.image.licenses="MIT"
ENV NODE_ENV=production HOST=0.0.0.0 PORT=3000 DATA_DIR=/data/database
COPY --from=dependencies /dependencies/node_modules /app/node_modules
COPY --from=build /build/dist /app/dist
COPY package.json LICENSE CHANGELOG.md .env.example /app/
# The mark tells `kagura update` that this is an image; the link is for docker exec.
RUN touch /app/.image
RUN ln -s /app/dist/cli/index.js /usr/local/bin/kagura
RUN install -d -o node -g node -m 700 /data
USER node
WORKDIR /data
VOLUME /data
EXPOSE 3000
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s \
  CMD ["node", "-e", "fetch('http://127.0.0.1:' + process.env.PORT + '/health').then(({ ok }) => process.exit(ok ? 0 : 1), () => process.exit(1))"]
ENTRYPOINT ["kagura"]
CMD ["serve"]
