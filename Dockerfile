# Consumes jobs by default; settings come from the environment, as with the Kiosk's own image.
FROM node:22-slim AS build
WORKDIR /build
COPY . .
RUN npm ci && npm run build && npm prune --omit=dev

FROM node:22-slim
ENV NODE_ENV=production
WORKDIR /opt/kiosk-consumer
COPY --from=build /build/package.json ./
COPY --from=build /build/node_modules ./node_modules
COPY --from=build /build/bin ./bin
COPY --from=build /build/dist ./dist
COPY --from=build /build/protos ./protos
COPY --from=build /build/plugins ./plugins
# The working directory holds no configuration file: what the environment does not say has the Kiosk's defaults.
RUN mkdir /work && chown node /work
WORKDIR /work
USER node
ENTRYPOINT ["node", "/opt/kiosk-consumer/bin/kiosk-consumer.js"]
CMD ["consume"]
