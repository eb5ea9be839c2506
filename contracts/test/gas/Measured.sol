// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Vm} from "../Base.sol";
import {LedgerBase} from "../LedgerBase.sol";

/// @notice The cheatcodes of Forge by which a call is taken apart.
interface Recorder {
    struct StorageAccess {
        address account;
        bytes32 slot;
        bool isWrite;
        bytes32 previousValue;
        bytes32 newValue;
        bool reverted;
    }

    /// @dev `kind` 0 is a call; the others are static and delegate calls, creations and looks at an account.
    struct AccountAccess {
        uint256 forkId;
        uint256 chainId;
        uint8 kind;
        address account;
        address accessor;
        bool initialized;
        uint256 oldBalance;
        uint256 newBalance;
        bytes deployedCode;
        uint256 value;
        bytes data;
        bool reverted;
        StorageAccess[] storageAccesses;
        uint64 depth;
        uint64 oldNonce;
        uint64 newNonce;
    }

    function startStateDiffRecording() external;
    function stopAndReturnStateDiff() external returns (AccountAccess[] memory);
    function snapshotValue(string calldata group, string calldata name, uint256 value) external;
}

/// @notice Measures what acts cost; a contract derived from the tests runs them again and takes down what the acts are made
/// of: call data, storage, other accounts, signatures, logs. From these scripts/generate-gas.ts works out the floor below
/// which no code that does the same can go.
/// @dev Two runs, because recording makes every slot warm before it is read.
abstract contract MeasuredBase is LedgerBase {
    struct Slot {
        address account;
        bytes32 slot;
        bytes32 before;
        bytes32 after_;
    }

    Recorder private constant RECORDER = Recorder(address(vm));

    Slot[] private _slots;
    address[] private _accounts;

    /// @notice The next call comes from `sender` and is measured.
    function act(address sender) internal {
        if (_records()) {
            RECORDER.startStateDiffRecording();
            vm.recordLogs();
        }
        vm.prank(sender);
    }

    /// @notice Takes down what the last call cost, or what it was made of; then the answer is 0.
    function taken(string memory group, string memory name) internal returns (uint256) {
        if (!_records()) return vm.snapshotGasLastCall(group, name);
        Recorder.AccountAccess[] memory all = RECORDER.stopAndReturnStateDiff();
        uint256 first = all.length - 1;
        while (all[first].depth != 1 || all[first].kind != 0) first--;

        string memory parts = string.concat(group, "Parts");
        uint256 zeros = _zeros(all[first].data);
        _put(parts, name, "zero bytes", zeros);
        _put(parts, name, "other bytes", all[first].data.length - zeros);
        _putAccounts(parts, name, all, first);
        _putStorage(parts, name, all, first);
        _putLogs(parts, name);
        return 0;
    }

    /// @dev Whether the parts are taken down instead of the cost.
    function _records() internal pure virtual returns (bool) {
        return false;
    }

    function _putAccounts(string memory parts, string memory name, Recorder.AccountAccess[] memory all, uint256 first)
        private
    {
        delete _accounts;
        uint256 signatures;
        for (uint256 i = first + 1; i < all.length; i++) {
            address account = all[i].account;
            if (account == address(1)) signatures++;
            // The sender, the called contract and the precompiled ones are warm from the beginning.
            bool isWarm = uint160(account) < 0x100 || account == all[first].account || account == all[first].accessor;
            for (uint256 j; j < _accounts.length; j++) {
                isWarm = isWarm || _accounts[j] == account;
            }
            if (!isWarm) _accounts.push(account);
        }
        _put(parts, name, "other accounts", _accounts.length);
        _put(parts, name, "signatures", signatures);
    }

    function _putStorage(string memory parts, string memory name, Recorder.AccountAccess[] memory all, uint256 first)
        private
    {
        delete _slots;
        for (uint256 i = first; i < all.length; i++) {
            Recorder.StorageAccess[] memory accesses = all[i].storageAccesses;
            for (uint256 j; j < accesses.length; j++) {
                if (!accesses[j].reverted) _noteSlot(accesses[j]);
            }
        }
        uint256[4] memory counts;
        for (uint256 i; i < _slots.length; i++) {
            (bytes32 before, bytes32 after_) = (_slots[i].before, _slots[i].after_);
            uint256 kind = before == after_ ? 0 : before == 0 ? 1 : after_ == 0 ? 2 : 3;
            counts[kind]++;
        }
        _put(parts, name, "slots read", counts[0]);
        _put(parts, name, "slots filled", counts[1]);
        _put(parts, name, "slots cleared", counts[2]);
        _put(parts, name, "slots changed", counts[3]);
    }

    function _noteSlot(Recorder.StorageAccess memory access) private {
        for (uint256 i; i < _slots.length; i++) {
            if (_slots[i].account != access.account || _slots[i].slot != access.slot) continue;
            _slots[i].after_ = access.newValue;
            return;
        }
        _slots.push(Slot(access.account, access.slot, access.previousValue, access.newValue));
    }

    function _putLogs(string memory parts, string memory name) private {
        Vm.Log[] memory logs = vm.getRecordedLogs();
        uint256 topics;
        uint256 size;
        for (uint256 i; i < logs.length; i++) {
            topics += logs[i].topics.length;
            size += logs[i].data.length;
        }
        _put(parts, name, "logs", logs.length);
        _put(parts, name, "log topics", topics);
        _put(parts, name, "log bytes", size);
    }

    function _put(string memory parts, string memory name, string memory part, uint256 value) private {
        if (value != 0) RECORDER.snapshotValue(parts, string.concat(name, ": ", part), value);
    }

    function _zeros(bytes memory text) private pure returns (uint256 count) {
        for (uint256 i; i < text.length; i++) {
            if (text[i] == 0) count++;
        }
    }
}
