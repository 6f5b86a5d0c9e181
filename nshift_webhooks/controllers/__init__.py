from . import contract
from . import monitoring
