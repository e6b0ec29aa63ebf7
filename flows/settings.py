"""The one settings model: defaults here, a province's values in `configs/sohoa.yaml`, the environment over both.

Environment names: `SOHOA_` + the path, `__` between levels (`SOHOA_STORE__URL`); `SOHOA_CONFIG_DIR` names another
folder of configuration. `docs/settings.md` is made from this model.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated, Any, Literal

import yaml
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from flows.errors import WrongSettings
from flows.signing_settings import KeySettings, SignatureSettings
from flows.unattended_settings import BulkSettings, NoticeSettings, WatchedFolder, WatchingSettings
from ocr.engines.choice import READER, engine_names
from storage.roles import Role

REPOSITORY = Path(__file__).resolve().parent.parent


def config_dir() -> Path:
    """Folder with `sohoa.yaml`, document types and field rules."""
    return Path(os.environ.get("SOHOA_CONFIG_DIR") or REPOSITORY / "configs")


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class StoreSettings(_Part):
    """Where objects lie."""

    url: str = Field(
        default="",
        description="empty: a folder in the data directory; or folder:///path; or s3+https://host:port/bucket",
    )
    access_key: str = Field(default="", description="access key of the S3 store")
    secret_key: SecretStr = Field(default=SecretStr(""), description="secret key of the S3 store")
    region: str = Field(default="", description="region of the S3 store, where it has one")
    ca_file: Path | None = Field(default=None, description="certificate authority of the store's own, PEM")


class DatabaseSettings(_Part):
    """Where records lie."""

    url: SecretStr = Field(
        default=SecretStr(""),
        description="empty: SQLite in the data directory; postgresql+psycopg://user:password@host/database",
    )


class ReadingSettings(_Part):
    """How pages are read."""

    engine: str = Field(
        default=READER,
        description="what reads the pages: reader, our own for Vietnamese print (docs/reader.md), tesseract, "
        "which also reads them where reading.languages is not vie alone, or one that an installed package brings "
        "(docs/architecture.md)",
    )

    @field_validator("engine")
    @classmethod
    def _installed(cls, name: str) -> str:
        if name not in engine_names():
            raise ValueError(f"no such engine is installed, only {', '.join(engine_names())}")
        return name

    languages: str = Field(
        default="vie",
        pattern=r"^[a-z_]+(\+[a-z_]+)*$",
        description="languages of the papers, by Tesseract's names, + between; the reader knows vie",
    )
    page_seconds: Annotated[float, Field(gt=0, le=3600)] = Field(
        default=120.0, description="seconds that an outside program may take for one page"
    )
    jpeg_quality: Annotated[int, Field(ge=30, le=100)] = Field(
        default=80, description="quality of the stored image of a page that had to be turned or levelled"
    )
    min_dpi: Annotated[int, Field(ge=72, le=600)] = Field(
        default=200, description="pages below are marked for scanning again (NĐ 30/2020, TT 02/2019/TT-BNV)"
    )
    raster_dpi: Annotated[int, Field(ge=100, le=600)] = Field(
        default=300, description="dpi for PDF pages that are not one image"
    )
    pdf_profile: Literal["original", "archive", "compact"] = Field(  # ocr.pdf.Profile takes a second to load
        default="archive",
        description="page images of the finished PDF: original (the scanner's own bytes where the page needed no "
        "turn), archive (one JPEG, the paper's noise taken out) or compact (sharp ink over coarse colours)",
    )


class LimitSettings(_Part):
    """How much is taken from outside before it is refused."""

    max_page_megapixels: Annotated[float, Field(gt=0, le=2000)] = Field(
        default=300.0, description="megapixels of one page; A3 at 600 dpi has 70"
    )
    max_pages: Annotated[int, Field(gt=0)] = Field(default=20_000, description="pages of one scan")
    max_archive_members: Annotated[int, Field(gt=0)] = Field(default=100_000, description="files in one ZIP")
    max_archive_gib: Annotated[float, Field(gt=0)] = Field(default=200.0, description="GiB of one ZIP when unpacked")
    max_archive_ratio: Annotated[int, Field(gt=1)] = Field(
        default=200, description="unpacked over packed size of one file in a ZIP"
    )


class RunSettings(_Part):
    """How a batch runs."""

    workers: Annotated[int, Field(ge=0, le=256)] = Field(
        default=0, description="processes that read pages; 0: as many as the cores this process may use"
    )
    min_free_gib: Annotated[float, Field(ge=0)] = Field(
        default=1.0, description="GiB that must be free on the data directory's disk to begin or go on"
    )
    patience_seconds: Annotated[float, Field(ge=0, le=3600)] = Field(
        default=30.0, description="seconds that a store or database may be away before a document is put off"
    )
    stop_after_outages: Annotated[int, Field(ge=1)] = Field(
        default=3, description="documents in a row put off for an outage before the batch stops"
    )
    stop_above_failures: Annotated[float, Field(gt=0, le=1)] = Field(
        default=1.0, description="share of failed documents (after the first 20) above which the batch stops"
    )


class PrefectSettings(_Part):
    """Where flow runs are recorded."""

    api_url: str = Field(default="", description="API of a Prefect server; empty: one is looked after for each batch")
    start_seconds: Annotated[float, Field(gt=0)] = Field(
        default=120.0, description="seconds that our own server may take to start"
    )


class PlatformSettings(_Part):
    """Where dossiers are pushed to in the portal's fields."""

    url: str = Field(default="", description="its address; empty: nothing is pushed there")
    form: Annotated[Literal["sync", "2026"], BeforeValidator(str)] = Field(  # YAML reads 2026 as a number
        default="sync",
        description="sync: HoSo, KetQua and GiayToSoHoa in one message to the address; 2026: UploadFile, "
        "CreateDossier, CapNhatTienTrinh and CapNhatTrangThai below it",
    )
    token_url: str = Field(default="", description="where its tokens are had (client credentials)")
    client_id: str = Field(default="", description="who we are there")
    client_secret: SecretStr = Field(default=SecretStr(""), description="and how we prove it")


class ApiSettings(_Part):
    """The HTTP door."""

    host: str = Field(default="127.0.0.1", description="address that `sohoa serve` listens on")
    port: Annotated[int, Field(ge=1, le=65535)] = Field(
        default=8080, description="port that `sohoa serve` listens on"
    )
    processes: Annotated[int, Field(ge=1, le=64)] = Field(
        default=1, description="processes that answer; limits of requests and their metrics are of each one"
    )
    requests_per_minute: Annotated[int, Field(ge=1)] = Field(default=600, description="requests of one key a minute")
    max_upload_mib: Annotated[float, Field(gt=0)] = Field(default=2048.0, description="MiB of one scan or ZIP")
    link_seconds: Annotated[int, Field(ge=10, le=604_800)] = Field(
        default=300, description="seconds that a link into the S3 store opens"
    )
    confidential_types: tuple[str, ...] = Field(
        default=(), description="codes of kinds of paper that need the scope `confidential`"
    )
    public_url: str = Field(
        default="", description="address that others reach the door by, before the paths in exports"
    )
    portal: PlatformSettings = Field(
        default=PlatformSettings(), description="the national portal's adapter, which dossiers are pushed to"
    )
    lgsp: PlatformSettings = Field(
        default=PlatformSettings(), description="the province's data sharing platform, beside it or before it"
    )
    paper_code: str = Field(
        default="{owner}.{type}.{number}.{nn:02d}",
        description="code of a digitised paper (TT 01/2023 điều 10); nn counts those of one owner, type, number",
    )
    result_codes: dict[str, str] = Field(
        default_factory=dict,
        description="codes of results in the national database by `procedure/kind` or `kind` of paper, like "
        "`1.004199/QĐ: KQ.H23.000123`; a paper without one gets no code",
    )
    webhook_networks: tuple[str, ...] = Field(
        default=(), description="internal networks whose addresses webhooks may name, like 10.1.0.0/16"
    )


class SignInSettings(_Part):
    """How people sign in at the screen."""

    local: bool = Field(default=True, description="take passwords of `sohoa accounts`")
    codes_for: tuple[Role, ...] = Field(
        default=(Role.ADMINISTRATOR,), description="roles that need a time-based code beside the password"
    )
    codes_keys: SecretStr = Field(
        default=SecretStr(""),
        description="keys that the codes' secrets are sealed with: 32 bytes in base64, the newest first, a space "
        "between; empty: data_dir/codes.key, which is made",
    )
    oidc_issuer: str = Field(default="", description="OIDC provider (single sign-on); empty: none")
    oidc_client_id: str = Field(default="", description="who we are there")
    oidc_client_secret: SecretStr = Field(default=SecretStr(""), description="and how we prove it")
    oidc_audience: str = Field(
        default="", description="audience of its access tokens at the API; empty: the API takes keys only"
    )
    oidc_scopes: tuple[str, ...] = Field(default=("openid", "profile"), description="scopes that are asked for")
    oidc_roles_claim: str = Field(default="roles", description="claim with the roles; dots go into objects")
    oidc_roles: dict[str, Role] = Field(
        default={str(role): role for role in Role}, description="the provider's names of roles, and ours"
    )
    oidc_agency_claim: str = Field(default="agency", description="claim with the code of the agency")
    oidc_whole_province: str = Field(
        default="", description="value of that claim that means all agencies; empty: nobody sees all"
    )


class Settings(BaseSettings):
    """Everything that can be set."""

    model_config = SettingsConfigDict(
        env_prefix="SOHOA_",
        env_nested_delimiter="__",
        extra="forbid",
        frozen=True,
        nested_model_default_partial_update=True,
    )

    data_dir: Path = Field(default=Path("data"), description="folder where the embedded default keeps everything")
    store: StoreSettings = StoreSettings()
    replica: StoreSettings = Field(
        default=StoreSettings(), description="a second store that damaged objects are mended from; empty: none"
    )
    database: DatabaseSettings = DatabaseSettings()
    reading: ReadingSettings = ReadingSettings()
    limits: LimitSettings = LimitSettings()
    run: RunSettings = RunSettings()
    signatures: SignatureSettings = SignatureSettings()
    officer_key: KeySettings = Field(default=KeySettings(), description="of the officer who digitises")
    agency_key: KeySettings = Field(default=KeySettings(), description="of the agency, for certified copies")
    prefect: PrefectSettings = PrefectSettings()
    api: ApiSettings = ApiSettings()
    watch: tuple[WatchedFolder, ...] = Field(default=(), description="watched folders, a list in sohoa.yaml")
    watching: WatchingSettings = WatchingSettings()
    bulk: BulkSettings = BulkSettings()
    notices: NoticeSettings = NoticeSettings()
    sign_in: SignInSettings = SignInSettings()

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003  (not used: .env files are nobody's wish here)
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Environment over secrets over YAML over the defaults."""
        return init_settings, env_settings, file_secret_settings, _Yaml(settings_cls, config_dir() / "sohoa.yaml")


class _Yaml(PydanticBaseSettingsSource):
    """`sohoa.yaml`, read once; a missing file is an empty one."""

    def __init__(self, settings_cls: type[BaseSettings], file: Path) -> None:
        super().__init__(settings_cls)
        self._values = _mapping(file)

    def get_field_value(self, field: Any, field_name: str) -> tuple[Any, str, bool]:  # noqa: ANN401, ARG002
        return self._values.get(field_name), field_name, False

    def __call__(self) -> dict[str, Any]:
        return self._values


def _mapping(file: Path) -> dict[str, Any]:
    try:
        values = yaml.safe_load(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise WrongSettings(f"{file}: cannot be read as YAML ({error}); mend it or take it away") from error
    if values is None:
        return {}
    if not isinstance(values, dict):
        raise WrongSettings(
            f"{file}: must hold settings by name, not a {type(values).__name__}; see docs/settings.md"
        )
    return values


def load_settings() -> Settings:
    """The settings of this process.

    Raises WrongSettings with every wrong value named, and where it was set cannot be told from its name.
    """
    try:
        return Settings()
    except ValidationError as error:
        wrong = "; ".join(
            f"{'.'.join(map(str, item['loc']))}: {item['msg']}" for item in error.errors(include_input=False)
        )
        raise WrongSettings(
            f"settings ({config_dir() / 'sohoa.yaml'} and SOHOA_… in the environment): {wrong}; see docs/settings.md"
        ) from error
