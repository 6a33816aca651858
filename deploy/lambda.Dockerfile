# The fleet's functions as an image, for those who prefer images to zips: the zip of 'make lambda', unpacked.
#
#   make lambda
#   docker build -f deploy/lambda.Dockerfile -t strata-lambda .
#
# The handler's name is the image's command, as Lambda sets it for each function: docker run … strata-lambda prepare
FROM public.ecr.aws/docker/library/debian:12-slim AS unpacked
RUN apt-get update && apt-get install -y --no-install-recommends unzip && rm -rf /var/lib/apt/lists/*
COPY .build/lambda/strata-lambda.zip /
RUN mkdir -p /var/task && unzip -q /strata-lambda.zip -d /var/task

FROM public.ecr.aws/lambda/provided:al2023
COPY --from=unpacked /var/task /var/task
# The base image looks for the runtime there.
RUN ln -s /var/task/bootstrap /var/runtime/bootstrap
# Lambda runs it as a user of its own; elsewhere it is nobody with rights either.
USER 1000:1000
CMD ["prepare"]
