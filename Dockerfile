# The image of kubestow: the versions and hashes of requirements/runtime.txt, nothing that builds.
#   docker build --tag kubestow .
#   docker run --rm --read-only kubestow --version
ARG PYTHON=python:3.13-slim-trixie

FROM ${PYTHON} AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1 PIP_ROOT_USER_ACTION=ignore
# Dates in the wheel, and compiled modules that carry hashes instead: the same bytes each time.
ENV SOURCE_DATE_EPOCH=1767225600
WORKDIR /source
COPY requirements/runtime.txt requirements/
# Every wheel is checked against its hash here, and installed only from this folder below.
RUN python -m pip download --require-hashes --only-binary :all: --dest /wheels \
      --requirement requirements/runtime.txt
COPY pyproject.toml README.md LICENSE NOTICE ./
COPY src src
RUN python -m venv /build \
    && /build/bin/python -m pip install --no-index --find-links /wheels hatchling editables \
    && /build/bin/python -m pip wheel --no-deps --no-build-isolation --wheel-dir /wheels . \
    && python -m venv --without-pip /opt/kubestow \
    && python -m pip --python /opt/kubestow/bin/python install \
         --no-index --find-links /wheels kubestow

FROM ${PYTHON}
LABEL org.opencontainers.image.title="kubestow" \
      org.opencontainers.image.licenses="Apache-2.0"
COPY --from=build /opt/kubestow /opt/kubestow
ENV PATH=/opt/kubestow/bin:$PATH PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1 HOME=/tmp
# A number, so that Kubernetes can tell that it is not root.
USER 65532:65532
WORKDIR /tmp
ENTRYPOINT ["kubestow"]
