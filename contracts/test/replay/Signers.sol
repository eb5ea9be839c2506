// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @notice A contract wallet (ERC-1271) whose answer can be changed, as when an owner is removed or its code is replaced.
contract FickleWallet {
    enum Answer {
        Yes,
        No,
        Nothing,
        Revert,
        BurnGas,
        Short
    }

    Answer public answer;

    function setAnswer(Answer next) external {
        answer = next;
    }

    fallback(bytes calldata) external returns (bytes memory) {
        if (answer == Answer.Yes) return abi.encode(bytes4(0x1626ba7e));
        if (answer == Answer.No) return abi.encode(bytes4(0xffffffff));
        if (answer == Answer.Short) return abi.encodePacked(bytes4(0x1626ba7e));
        if (answer == Answer.Revert) revert("no");
        if (answer == Answer.BurnGas) {
            assembly {
                invalid()
            }
        }
        return "";
    }
}
